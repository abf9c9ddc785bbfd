// What a process and its descendants use, read from /proc while they run.
import { readdirSync, readFileSync } from "node:fs";

/** What a tree of processes has used so far. */
export interface TreeUsage {
  /** User and system time of every process seen, in seconds. */
  readonly cpuSeconds: number;
  /** Highest peak RSS (VmHWM) of any single process, in bytes. */
  readonly largestRssBytes: number;
  /** Command of that process. */
  readonly largest: string;
  readonly processes: number;
}

interface Seen {
  ticks: number;
  rssBytes: number;
  readonly command: string;
}

/** Linux reports times to programs in these units, whatever the kernel uses. */
const TICKS_PER_SECOND = 100;

/** CPU of this process's ended children, and of children that they waited for, in seconds. */
export function endedChildrenSeconds(): number {
  const fields = statFields("self");
  return fields ? (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND : 0;
}

/** Follows the descendants of a process. A process once seen belongs to the tree, even after its parent ended. */
export class ProcessTree {
  readonly #members = new Map<string, Seen>();
  readonly #strangers = new Set<string>();

  constructor(root: number) {
    this.#members.set(String(root), { ticks: 0, rssBytes: 0, command: "" });
    // Processes that run already are not the root's; from now on only new ones are considered.
    for (const pid of pids()) if (pid !== String(root)) this.#strangers.add(pid);
  }

  /** Looks at every process of the tree once. */
  sample(): void {
    const running = pids();
    // A child may have a smaller number than its parent, so repeat until nothing new is found.
    for (let found = true; found; ) {
      found = false;
      for (const pid of running) {
        if (this.#members.has(pid) || this.#strangers.has(pid)) continue;
        const parent = statFields(pid)?.[1];
        if (parent === undefined || !this.#members.has(parent)) continue;
        this.#members.set(pid, { ticks: 0, rssBytes: 0, command: "" });
        found = true;
      }
    }
    for (const pid of running) {
      const known = this.#members.get(pid);
      if (known) this.#members.set(pid, look(pid, known));
      else this.#strangers.add(pid);
    }
  }

  /** The figures up to the last sample. */
  usage(): TreeUsage {
    const seen = [...this.#members.values()];
    const largest = seen.reduce((best, next) => (next.rssBytes > best.rssBytes ? next : best));
    return {
      cpuSeconds: seen.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND,
      largestRssBytes: largest.rssBytes,
      largest: largest.command,
      processes: seen.length,
    };
  }
}

function pids(): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
}

function look(pid: string, before: Seen): Seen {
  const fields = statFields(pid);
  const ticks = fields ? Number(fields[11]) + Number(fields[12]) : 0;
  const text = readText(`/proc/${pid}/status`) ?? "";
  const rssBytes = Number(/^VmHWM:\s*(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
  const command = (readText(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim().slice(0, 120);
  // An ending process loses its memory before its entry disappears, so keep the largest figures.
  return {
    ticks: Math.max(before.ticks, ticks),
    rssBytes: Math.max(before.rssBytes, rssBytes),
    command: command === "" ? before.command : command,
  };
}

/** Fields of /proc/PID/stat, from the state on: 0 state, 1 parent, 11 and 12 own times, 13 and 14 times of ended children. */
function statFields(pid: string): string[] | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
