// Few requests to one host at once, fewer when it complains, and no other host waits for it.
import { setMaxListeners } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HostLimits, type LeaveHost } from "../../../src/fetch/hosts/host-limits.ts";

const { signal } = new AbortController();
setMaxListeners(0, signal);
const good = { status: 200, retryAfterMs: 0, headMs: 50 };
const silent = { retryAfterMs: 0, headMs: 10_000 };
const busy = { status: 429, retryAfterMs: 0, headMs: 50 };

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const limits = (perHost: number, maxWaitingInDistress = 4, maxHosts = 100) =>
  new HostLimits({ perHost, maxWaitingInDistress, maxHosts, now: () => performance.now() });

/** Sends requests and tells, after the clock has moved, how many are under way. */
function asking(hosts: HostLimits, host: string, count: number) {
  const out: LeaveHost[] = [];
  const refused: string[] = [];
  for (let index = 0; index < count; index++) {
    hosts.admit(host, signal).then(
      (end) => out.push(end),
      (error: { failure?: { code: string } }) => refused.push(error.failure?.code ?? "another error"),
    );
  }
  return { out, refused, after: (ms: number) => vi.advanceTimersByTimeAsync(ms).then(() => out.length) };
}

it("lets a host's third request wait while two are under way, and another host pass", async () => {
  const hosts = limits(2);
  const a = asking(hosts, "a", 3);
  const b = asking(hosts, "b", 1);
  expect([await a.after(0), b.out.length]).toEqual([2, 1]);
  a.out[0]?.(good);
  a.out[0]?.(good);
  expect(await a.after(0)).toBe(3);
});

it("stops waiting when the signal aborts", async () => {
  const hosts = limits(1);
  await hosts.admit("a", signal);
  const stop = new AbortController();
  const waiting = hosts.admit("a", stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(hosts.admit("b", stop.signal)).rejects.toThrow("enough");
});

it("never limits the rate of a host that is well", async () => {
  const hosts = limits(6);
  for (let round = 0; round < 1000; round++) (await hosts.admit("a", signal))(good);
  expect(performance.now()).toBe(0);
});

it("asks a host that says 429 less and less, and lets it recover", async () => {
  const hosts = limits(4);
  (await hosts.admit("a", signal))(busy);
  expect([hosts.pace("a")?.concurrency, hosts.pace("a")?.gapMs]).toEqual([2, 250]);
  const a = asking(hosts, "a", 1);
  expect([await a.after(249), await a.after(1)]).toEqual([0, 1]);
  a.out[0]?.({ ...busy, status: 503 });
  expect([hosts.pace("a")?.concurrency, hosts.pace("a")?.gapMs]).toEqual([1, 500]);
  for (let answers = 0; hosts.pace("a")?.isInDistress; answers++) {
    expect(answers).toBeLessThan(50);
    const one = asking(hosts, "a", 1);
    expect(await one.after(500)).toBe(1);
    one.out[0]?.(good);
  }
  expect([hosts.pace("a")?.concurrency, hosts.pace("a")?.gapMs]).toEqual([4, 0]);
});

it("counts one burst of refusals as one complaint", async () => {
  const hosts = limits(8);
  const a = asking(hosts, "a", 8);
  await a.after(10);
  for (const end of a.out) end(busy);
  expect([hosts.pace("a")?.concurrency, hosts.pace("a")?.gapMs]).toEqual([4, 250]);
});

it("waits as Retry-After says, a minute at most", async () => {
  const hosts = limits(4);
  (await hosts.admit("a", signal))({ ...busy, retryAfterMs: 20_000 });
  const a = asking(hosts, "a", 2);
  expect([await a.after(19_999), await a.after(1), await a.after(250)]).toEqual([0, 1, 2]);
  for (const end of a.out) end({ ...busy, retryAfterMs: 3_600_000 });
  const later = asking(hosts, "a", 1);
  expect([await later.after(59_999), await later.after(1)]).toEqual([0, 1]);
});

it("sends a host fewer requests when it becomes slow, unless all hosts do", async () => {
  const slowAfterFast = async (others: number) => {
    const hosts = limits(4);
    for (let round = 0; round < 40; round++) (await hosts.admit("a", signal))(good);
    for (let round = 0; round < 1000; round++) (await hosts.admit("b", signal))(good);
    for (let round = 0; round < 3; round++) {
      for (let other = 0; other < 40; other++) (await hosts.admit(`host${other}`, signal))({ ...good, headMs: others });
      (await hosts.admit("a", signal))({ ...good, headMs: 5000 });
    }
    hosts.close();
    return hosts.pace("a")?.concurrency;
  };
  expect(await slowAfterFast(50)).toBeLessThan(4);
  expect(await slowAfterFast(5000)).toBe(4);
});

it("turns a download away if many wait for hosts in distress and most of the work is elsewhere", async () => {
  const hosts = limits(1, 3);
  for (let other = 0; other < 100; other++) (await hosts.admit(`host${other}`, signal))(good);
  (await hosts.admit("a", signal))({ ...busy, retryAfterMs: 60_000 });
  const a = asking(hosts, "a", 5);
  expect([await a.after(0), a.refused]).toEqual([0, ["host_busy", "host_busy"]]);
  expect([await a.after(60_000), a.refused.length]).toEqual([1, 2]);
});

it("lets all wait if the host in distress has most of the work", async () => {
  const hosts = limits(1, 3);
  for (let before = 0; before < 100; before++) (await hosts.admit("a", signal))(good);
  (await hosts.admit("a", signal))({ ...busy, retryAfterMs: 60_000 });
  const a = asking(hosts, "a", 400);
  await a.after(0);
  expect(a.refused).toEqual([]);
});

/** Limits whose last 200 requests went to other hosts that are well. */
async function amongOthers(perHost: number): Promise<HostLimits> {
  const hosts = limits(perHost, 1000);
  for (let other = 0; other < 200; other++) (await hosts.admit(`host${other % 50}`, signal))(good);
  return hosts;
}

it("turns away those whose wait would be long if most of the work is elsewhere, the last first, also while they wait", async () => {
  const hosts = await amongOthers(1);
  (await hosts.admit("a", signal))(busy);
  // 250 ms for each that waits.
  const a = asking(hosts, "a", 130);
  expect([await a.after(0), a.refused.length]).toEqual([0, 9]);
  // Each complaint doubles the gap, up to 10 s.
  for (let answers = 0; answers < 6; answers++) {
    await a.after(10_000);
    a.out.at(-1)?.(busy);
  }
  await a.after(0);
  expect([a.out.length, a.refused.length, new Set(a.refused)]).toEqual([6, 130 - 6 - 3, new Set(["host_busy"])]);
  hosts.close();
});

it("takes a Retry-After for a pause, and only one that follows another for the host's pace", async () => {
  const hosts = await amongOthers(4);
  (await hosts.admit("a", signal))({ ...busy, retryAfterMs: 60_000 });
  const a = asking(hosts, "a", 100);
  expect([await a.after(0), a.refused.length]).toEqual([0, 0]);
  expect(await a.after(60_000)).toBe(1);
  a.out[0]?.({ ...busy, retryAfterMs: 60_000 });
  await a.after(0);
  expect(a.refused.length).toBe(98);
  expect(await a.after(60_000)).toBe(2);
  a.out[1]?.(good);
  expect([asking(hosts, "a", 10), await a.after(0)][0]).toMatchObject({ refused: [] });
  hosts.close();
});

it("turns nobody away while a host in distress is most of the work, however long they wait", async () => {
  const hosts = limits(1, 1000);
  const a = asking(hosts, "a", 500);
  for (let answers = 0; answers < 10; answers++) {
    (await hosts.admit(`host${answers}`, signal))(good);
    await a.after(10_000);
    a.out.at(-1)?.(busy);
  }
  expect(a.refused).toEqual([]);
  hosts.close();
});

it("counts a download once, although redirects lead it to further hosts: the host that leads to all of them has most of the work", async () => {
  const hosts = limits(1, 1000);
  const download = async () => {
    (await hosts.admit("a", signal))({ ...good, status: 302 });
    for (const further of ["b", "c", "d"]) (await hosts.admit(further, signal, true))(good);
  };
  for (let downloads = 0; downloads < 200; downloads++) await download();
  for (const name of ["a", "d"]) {
    (await hosts.admit(name, signal, name === "d"))({ ...busy, retryAfterMs: 60_000 });
    const waiting = asking(hosts, name, 200);
    await waiting.after(0);
    expect(waiting.refused).toEqual([]);
  }
  hosts.close();
});

/** Requests one after the other, each silent for 10 s. Meanwhile another host answers, or none does. */
async function staySilent(hosts: HostLimits, requests: number, doOthersAnswer: boolean): Promise<void> {
  for (let request = 0; request < requests; request++) {
    const end = await hosts.admit("a", signal);
    await vi.advanceTimersByTimeAsync(9000);
    if (doOthersAnswer) (await hosts.admit(`host${request % 50}`, signal))(good);
    await vi.advanceTimersByTimeAsync(1000);
    end(silent);
  }
}

it("takes a host that is silent again and again while others answer to be in distress, until it answers", async () => {
  const hosts = await amongOthers(2);
  await staySilent(hosts, 7, true);
  expect(hosts.pace("a")?.isInDistress).toBe(false);
  await staySilent(hosts, 1, true);
  expect([hosts.pace("a")?.isInDistress, hosts.pace("a")?.concurrency]).toEqual([true, 2]);
  // 10 s for every two.
  const a = asking(hosts, "a", 20);
  expect([await a.after(1000), a.refused.length]).toEqual([2, 11]);
  a.out[0]?.({ ...good, status: 404 });
  expect(hosts.pace("a")?.isInDistress).toBe(false);
  hosts.close();
});

it("learns nothing about a host from silence while no host answers, or from failures that take no time", async () => {
  const hosts = await amongOthers(2);
  await staySilent(hosts, 50, false);
  for (let request = 0; request < 50; request++) (await hosts.admit("a", signal))({ ...silent, headMs: 5 });
  expect([hosts.pace("a")?.isInDistress, hosts.pace("a")?.stepMs]).toEqual([false, 0]);
});

it("forgets the hosts least recently used, and never one with a request under way", async () => {
  const hosts = limits(1, 3, 10);
  const end = await hosts.admit("busy", signal);
  for (let host = 0; host < 1000; host++) (await hosts.admit(`host${host}`, signal))(good);
  expect(hosts.size).toBe(10);
  expect(hosts.pace("busy")).toBeDefined();
  end();
});
