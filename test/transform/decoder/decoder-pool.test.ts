// The pool of decoder processes: sharing, crashes, time-outs, and its end.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { IncompleteError } from "../../../src/core/errors.ts";
import type { DecodeNote } from "../../../src/transform/decoder/decode-note.ts";
import { DecoderPool, type DecoderResources } from "../../../src/transform/decoder/decoder-pool.ts";
import { probe } from "../../../src/transform/formats/probe.ts";
import type { TransformOptions } from "../../../src/transform/transform-options.ts";
import { options, paint } from "../../support/transform/paint.ts";

let pool: DecoderPool | undefined;
afterEach(() => pool?.close());

function start(changes: Partial<DecoderResources> = {}): DecoderPool {
  pool = new DecoderPool({ environment: process.env, processes: 1, threadsPerProcess: 2, ...changes });
  return pool;
}

function decode(into: DecoderPool, body: Buffer, changes: Partial<TransformOptions> = {}, note?: DecodeNote) {
  const probed = probe(body);
  if (probed.kind !== "image") throw new Error("the test's picture is not recognised");
  return into.decode(body, { purpose: "store", header: probed.header, options: options({ imageSize: 32, ...changes }) }, 1000, note);
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("no process starts before there is work, except one by warm()", async () => {
  const pool = start({ processes: 3 });
  expect(pool.pids).toEqual([]);
  pool.warm();
  pool.warm();
  const { pids } = pool;
  expect(pids).toHaveLength(1);
  expect((await decode(pool, await paint(50, 50).jpeg().toBuffer())).ok).toBe(true);
  expect(pool.pids).toEqual(pids);
});

test("pictures are shared out, and no process holds more than one beyond its threads", async () => {
  const inside = new Map<Buffer, number>();
  const pids = new Set<number>();
  let most = 0;
  const body = await paint(500, 500).jpeg().toBuffer();
  const count = (pid: number) => [...inside.values()].filter((holder) => holder === pid).length;
  const running = start({
    processes: 2,
    onDispatch: (pid, sent) => {
      inside.set(sent, pid);
      pids.add(pid);
      // The answer that made room is counted in a microtask after this.
      setImmediate(() => {
        most = Math.max(most, count(pid));
      });
    },
  });
  const failures: unknown[] = [];
  // The second process may be slow to start, so there is work until it has had some.
  const feed = async () => {
    for (let done = 0; done < 4 || pids.size < 2; done += 1) {
      const copy = Buffer.from(body);
      const result = await decode(running, copy);
      if (!result.ok) failures.push(result.failure);
      inside.delete(copy);
    }
  };
  await Promise.all(Array.from({ length: 12 }, feed));
  expect(failures).toEqual([]);
  expect(pids.size).toBe(2);
  expect(most).toBe(3);
});

test("pictures that fail side by side each have their own reason", async () => {
  const running = start({ threadsPerProcess: 3 });
  const whole = await paint(200, 100).jpeg().toBuffer();
  const damaged = Buffer.concat([whole.subarray(0, Math.floor(whole.length / 2)), Buffer.from([0xff, 0xd9])]);
  const png = await paint(200, 100).png().toBuffer();
  png.fill(0, png.length - 60, png.length - 30);
  const results = await Promise.all(
    Array.from({ length: 150 }, (_, place) => decode(running, [damaged, whole, png][place % 3] ?? whole, { verifyImages: true })),
  );
  const told = results.map((result) => (result.ok ? "ok" : `${result.failure.code} ${result.failure.detail}`));
  expect(new Set(told.filter((_, place) => place % 3 === 0))).toEqual(
    new Set([expect.stringMatching(/^truncated VipsJpeg: .*premature end/)]),
  );
  expect(new Set(told.filter((_, place) => place % 3 === 1))).toEqual(new Set(["ok"]));
  expect(new Set(told.filter((_, place) => place % 3 === 2))).toEqual(new Set([expect.stringMatching(/^decode_failed vipspng: /)]));
});

test("a process that is killed costs its pictures only a second try", async () => {
  const kills = new Set<number>();
  const running = start({
    onDispatch: (pid) => {
      if (kills.size > 0) return;
      kills.add(pid);
      setTimeout(() => process.kill(pid, "SIGKILL"), 5);
    },
  });
  const body = await paint(1500, 1500).png().toBuffer();
  const results = await Promise.all(Array.from({ length: 6 }, () => decode(running, body)));
  expect(kills.size).toBe(1);
  expect(results.map((result) => result.ok)).toEqual([true, true, true, true, true, true]);
});

test("a picture that kills its process every time is given up, and all others succeed", async () => {
  const poison = await paint(301, 300).jpeg().toBuffer();
  const good = await paint(200, 200).jpeg().toBuffer();
  let deaths = 0;
  const running = start({
    onDispatch: (pid, body) => {
      if (!body.equals(poison)) return;
      deaths += 1;
      process.kill(pid, "SIGKILL");
    },
  });
  const bodies = [good, good, poison, good, good, good];
  const results = await Promise.all(bodies.map((body) => decode(running, body)));
  expect(results.map((result) => (result.ok ? "ok" : result.failure.code))).toEqual(["ok", "ok", "decode_crashed", "ok", "ok", "ok"]);
  expect(results[2]).toMatchObject({ originalWidth: 301, originalHeight: 300 });
  expect(deaths).toBe(2);
});

/** A note that records its calls. */
function watched(deaths: number) {
  const told: string[] = [];
  return { told, deaths, enter: () => void told.push("enter"), leave: () => void told.push("leave") };
}

test("a picture is noted before a process has it, and the note ends with the decoding", async () => {
  const note = watched(0);
  const running = start({ onDispatch: () => void note.told.push("sent") });
  const body = await paint(60, 60).jpeg().toBuffer();
  const result = await decode(running, body, {}, note);
  expect(result.ok).toBe(true);
  expect(note.told).toEqual(["enter", "sent", "leave"]);
});

test("a picture that an earlier worker died with is decoded in a process of its own, and may yet succeed", async () => {
  const suspect = await paint(61, 60).jpeg().toBuffer();
  const good = await paint(60, 60).jpeg().toBuffer();
  const pids = new Map<number, number>();
  let quarantined: number | undefined;
  const running = start({
    onDispatch: (pid, body) => {
      pids.set(pid, (pids.get(pid) ?? 0) + 1);
      if (body.equals(suspect)) quarantined = pid;
    },
  });
  const note = watched(1);
  const results = await Promise.all([
    decode(running, good),
    decode(running, suspect, {}, note),
    decode(running, good),
    decode(running, good),
  ]);
  expect(results.map((result) => result.ok)).toEqual([true, true, true, true]);
  expect(pids.get(quarantined ?? 0)).toBe(1);
  expect(note.told).toEqual(["enter", "leave"]);
});

test("a picture that an earlier worker died with fails if it kills once more, and one that two died with is not decoded", async () => {
  const body = await paint(60, 50).jpeg().toBuffer();
  let sent = 0;
  const running = start({
    onDispatch: (pid) => {
      sent += 1;
      process.kill(pid, "SIGKILL");
    },
  });
  expect(await decode(running, body, {}, watched(1))).toMatchObject({ ok: false, failure: { code: "decode_crashed" } });
  expect(sent).toBe(1);
  const note = watched(2);
  expect(await decode(running, body, {}, note)).toMatchObject({ ok: false, failure: { code: "decode_crashed" }, originalWidth: 60 });
  expect(sent).toBe(1);
  // What is known of it stays known.
  expect(note.told).toEqual([]);
});

test("a picture that takes too long times out by killing the process, and its neighbours succeed", async () => {
  const slow = await paint(4000, 4000).png({ compressionLevel: 1 }).toBuffer();
  const good = await paint(40, 40).jpeg().toBuffer();
  const running = start();
  await decode(running, good);
  const [pid] = running.pids;
  const results = await Promise.all([decode(running, slow, { decodeTimeoutMs: 5 }), decode(running, good), decode(running, good)]);
  expect(results.map((result) => (result.ok ? "ok" : result.failure.code))).toEqual(["decode_timeout", "ok", "ok"]);
  expect(running.pids).not.toContain(pid);
});

test("decoders that cannot start end the run with a reason, not in a loop", async () => {
  const running = start({ environment: { ...process.env, NODE_OPTIONS: "--require /nowhere/missing.cjs" } });
  const body = await paint(40, 40).jpeg().toBuffer();
  await expect(decode(running, body)).rejects.toBeInstanceOf(IncompleteError);
  await expect(decode(running, body)).rejects.toThrow(/cannot be started/);
});

test("closing ends the processes and rejects unfinished pictures", async () => {
  const running = start();
  const body = await paint(40, 40).jpeg().toBuffer();
  await decode(running, body);
  const pids = running.pids;
  const unfinished = Promise.allSettled([decode(running, body), decode(running, body)]);
  await running.close();
  expect((await unfinished).map((outcome) => outcome.status)).toEqual(["rejected", "rejected"]);
  await sleep(20);
  expect(pids.map(isAlive)).toEqual([false]);
});

test("Ctrl-C and SIGTERM do not stop the pictures", async () => {
  const running = start();
  const body = await paint(40, 40).jpeg().toBuffer();
  await decode(running, body);
  const [pid] = running.pids;
  if (pid !== undefined) for (const signal of ["SIGINT", "SIGTERM"] as const) process.kill(pid, signal);
  await sleep(50);
  expect((await decode(running, body)).ok).toBe(true);
  expect(running.pids).toEqual([pid]);
});
