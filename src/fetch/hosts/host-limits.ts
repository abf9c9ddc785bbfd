// Limits the requests to each host; those that wait for a host take no download slot.
import { performance } from "node:perf_hooks";
import { onAbort } from "../../core/on-abort.ts";
import { FailureError } from "../failure-error.ts";
import { type HostAnswer, HostPace, Latency } from "./host-pace.ts";

/** Ends a request, once, and passes on what it showed about the host if that was asked. */
export type LeaveHost = (answer?: Omit<HostAnswer, "startedAtMs">) => void;

/** The limits. */
export interface HostLimitsOptions {
  /** Requests to one host at the same time. */
  readonly perHost: number;
  /** Downloads that may wait for hosts in distress before others are turned away. */
  readonly maxWaitingInDistress: number;
  /** Hosts whose pace is remembered while nobody uses them. Default 20,000. */
  readonly maxHosts?: number;
  /**
   * Milliseconds that a request to a host with a short queue waits before it gets a further connection. Until then it may share
   * the open one, because a handshake costs more than a request. Default 0: up to `perHost` connections at once.
   */
  readonly newConnectionDelayMs?: number;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

interface Waiting {
  readonly enter: (startedAtMs: number) => void;
  readonly turnAway: () => void;
}

interface Host {
  readonly pace: HostPace;
  /** Requests that wait, the first come first. */
  readonly queue: Waiting[];
  underWay: number;
  /** How many of the recent arrivals were for it. */
  arrivals: number;
  /** Connections that the queue is worth: grows with its length and with the time that it waits. */
  connections: number;
  timer: NodeJS.Timeout | undefined;
}

/** A queue of more than this for each connection is worth another connection at once. */
const WAITING_PER_CONNECTION = 4;

/** Recent arrivals that are counted, to tell where most of the work is. */
const RECENT_ARRIVALS = 1024;

/**
 * Longest time in milliseconds that the requests ahead of a new one may take at a host in distress, without the host's present
 * pause. It is as long as a download may take by default. A shard waits for the last of its samples and a worker has few shards
 * open, so one large host that answers once in ten seconds has samples in each of them.
 */
const MAX_AHEAD_MS = 30_000;

/** The limits of all hosts. Requests to a host are admitted first come, first served. */
export class HostLimits {
  readonly #options: HostLimitsOptions;
  readonly #now: () => number;
  // A Map iterates in order of insertion, and `#host` inserts anew, so the first idle host is the least recently used.
  readonly #hosts = new Map<string, Host>();
  readonly #waiting = new Set<Host>();
  // Over this many answers, one slow host does not look like a slow line.
  readonly #all = new Latency(64, 1024);
  /** The recent arrivals, the oldest first. */
  readonly #arrivals: { readonly host: Host; readonly isOnward: boolean }[] = [];
  /** Recent arrivals that no redirect led to: one for each download, however many hosts it came to. */
  #downloads = 0;
  /** When any host last answered, whatever the answer was. */
  #lastStatusMs = Number.NEGATIVE_INFINITY;

  constructor(options: HostLimitsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Hosts remembered now. */
  get size(): number {
    return this.#hosts.size;
  }

  /** The pace of a host, if it is remembered. */
  pace(name: string): HostPace | undefined {
    return this.#hosts.get(name)?.pace;
  }

  /**
   * Waits until a host may be asked, and returns the function that ends the request. Rejects with the signal's reason, or with
   * FailureError `host_busy` under three conditions: the host is in distress; the requests ahead will take long, or many requests
   * wait for such hosts; and most of the work is at other hosts. The last to come are also turned away while they wait, if the
   * host's distress grows. If most of the work is at hosts in distress, all wait. `isOnward` says that a redirect led here, so
   * the download has been counted.
   */
  async admit(name: string, signal: AbortSignal, isOnward = false): Promise<LeaveHost> {
    signal.throwIfAborted();
    const host = this.#host(name);
    this.#arrived(host, isOnward);
    if (host.underWay === 0 && host.queue.length === 0) host.connections = this.#firstConnections;
    const isFree = host.queue.length === 0 && host.underWay < this.#limit(host) && host.pace.waitMs(this.#now()) === 0;
    if (!isFree && host.pace.isInDistress && this.#isTooMuch(host, host.queue.length)) throw new FailureError("host_busy");
    const startedAtMs = isFree ? this.#start(host) : await this.#wait(host, signal);
    let isUnderWay = true;
    return (answer) => {
      if (!isUnderWay) return;
      isUnderWay = false;
      host.underWay -= 1;
      if (answer) {
        this.#learn(host, { ...answer, startedAtMs });
        this.#turnAwayExcess(host);
      }
      this.#admitNext(host);
    };
  }

  /** Stops all timers. Requests that wait go on waiting for their signal. */
  close(): void {
    for (const { timer } of this.#hosts.values()) clearTimeout(timer);
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name) ?? {
      pace: new HostPace(this.#options.perHost),
      queue: [],
      underWay: 0,
      arrivals: 0,
      connections: this.#firstConnections,
      timer: undefined,
    };
    this.#hosts.delete(name);
    this.#hosts.set(name, host);
    for (const [oldest, candidate] of this.#hosts) {
      if (this.#hosts.size <= (this.#options.maxHosts ?? 20_000)) break;
      if (candidate !== host && candidate.underWay === 0 && candidate.queue.length === 0) this.#hosts.delete(oldest);
    }
    return host;
  }

  get #firstConnections(): number {
    return this.#options.newConnectionDelayMs ? 1 : this.#options.perHost;
  }

  #limit(host: Host): number {
    return Math.min(host.pace.concurrency, host.connections);
  }

  #start(host: Host): number {
    const nowMs = this.#now();
    host.underWay += 1;
    host.pace.started(nowMs);
    return nowMs;
  }

  #arrived(host: Host, isOnward: boolean): void {
    host.arrivals += 1;
    if (!isOnward) this.#downloads += 1;
    this.#arrivals.push({ host, isOnward });
    const gone = this.#arrivals.length > RECENT_ARRIVALS ? this.#arrivals.shift() : undefined;
    if (!gone) return;
    gone.host.arrivals -= 1;
    if (!gone.isOnward) this.#downloads -= 1;
  }

  #learn(host: Host, answer: HostAnswer): void {
    const nowMs = this.#now();
    this.#all.add(answer.headMs);
    if (answer.status !== undefined) this.#lastStatusMs = nowMs;
    // Half, because requests under way when our own network broke saw other hosts answer at their beginning.
    const areAllSilent = answer.status === undefined && this.#lastStatusMs <= nowMs - answer.headMs / 2;
    host.pace.answered(answer, nowMs, areAllSilent || this.#all.isRising);
  }

  /** Whether a request behind `ahead` others at this host in distress would hold up work that is mostly at other hosts. */
  #isTooMuch(host: Host, ahead: number): boolean {
    const isLong = ahead * host.pace.stepMs > MAX_AHEAD_MS;
    let [waiting, arrivals] = [0, 0];
    for (const { pace, queue, arrivals: recent } of this.#waiting) {
      if (!pace.isInDistress) continue;
      waiting += queue.length;
      arrivals += recent;
    }
    return (isLong || waiting >= this.#options.maxWaitingInDistress) && 2 * arrivals < this.#downloads;
  }

  /** Turns away the requests whose wait has become too long. */
  #turnAwayExcess(host: Host): void {
    if (!host.pace.isInDistress) return;
    const places = 1 + Math.floor(MAX_AHEAD_MS / host.pace.stepMs);
    if (host.queue.length <= places || !this.#isTooMuch(host, places)) return;
    for (const { turnAway } of host.queue.splice(places)) turnAway();
  }

  #wait(host: Host, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const forget = onAbort(signal, () => {
        host.queue.splice(host.queue.indexOf(waiting), 1);
        if (host.queue.length === 0) this.#waiting.delete(host);
        reject(signal.reason);
      });
      const waiting: Waiting = {
        enter: (startedAtMs) => {
          forget();
          resolve(startedAtMs);
        },
        turnAway: () => {
          forget();
          reject(new FailureError("host_busy"));
        },
      };
      host.queue.push(waiting);
      this.#waiting.add(host);
      this.#admitNext(host);
    });
  }

  #admitNext(host: Host): void {
    clearTimeout(host.timer);
    while (host.connections < host.pace.concurrency && host.queue.length > WAITING_PER_CONNECTION * host.connections) host.connections += 1;
    for (let next = host.queue[0]; next && host.underWay < this.#limit(host); next = host.queue[0]) {
      const waitMs = host.pace.waitMs(this.#now());
      if (waitMs > 0) {
        host.timer = setTimeout(() => this.#admitNext(host), Math.ceil(waitMs));
        return;
      }
      host.queue.shift();
      if (host.queue.length === 0) this.#waiting.delete(host);
      next.enter(this.#start(host));
    }
    if (host.queue.length > 0 && host.connections < host.pace.concurrency)
      host.timer = setTimeout(() => this.#addConnection(host), this.#options.newConnectionDelayMs);
  }

  #addConnection(host: Host): void {
    host.connections += 1;
    this.#admitNext(host);
  }
}
