// Waits for disk space: how long, who is told, and that every byte is written.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AppendFile, writeAll } from "../../src/store/append-file.ts";
import { createDiskWait, type DiskWaitOptions, isDiskFull, lostToFullDisk, NO_DISK_WAIT } from "../../src/store/wait-for-disk.ts";
import { withFolder } from "../support/parquet.ts";

const systemError = (code: string) => Object.assign(new Error(`${code}: no space left on device, write`), { code });

/** A wait whose clock moves while it sleeps; `free` gives the free bytes of a disk of one gigabyte at a time. */
function diskWait(maxWaitMs = 60_000, signal = new AbortController().signal, free: (nowMs: number) => number = () => 1e9) {
  const notices: string[] = [];
  let nowMs = 0;
  const options: DiskWaitOptions = {
    maxWaitMs,
    signal,
    path: "/out",
    space: async () => ({ freeBytes: free(nowMs), sizeBytes: 1e9 }),
    now: () => nowMs,
    sleep: async (delayMs) => {
      nowMs += delayMs;
    },
    onNotice: (text) => void notices.push(text),
    asFinal: (_, lack) => new Error(`given up: ${lack}`),
  };
  return { diskWait: createDiskWait(options), notices, now: () => nowMs };
}

/** Fails this many times before it succeeds. */
function scarce(failures: number, code = "ENOSPC") {
  let calls = 0;
  const work = async () => {
    calls += 1;
    if (calls <= failures) throw systemError(code);
    return calls;
  };
  return work;
}

describe("a wait for disk space", () => {
  it.each(["ENOSPC", "EDQUOT"])("repeats what fails with %s, with one notice when it waits and one when it continues", async (code) => {
    const { diskWait: one, notices } = diskWait();
    expect(await Promise.all([one.retrying(scarce(3, code)), one.retrying(scarce(5, code))])).toEqual([4, 6]);
    const lack = code === "ENOSPC" ? "/out has 1.00 GB free and needs 50.0 MB" : "the quota for /out is used up";
    expect(notices).toEqual([
      `the disk is full: ${lack}; the download waits up to 60 s for space`,
      "there is space again: /out has 1.00 GB free, and the download goes on",
    ]);
  });

  it("tries again only with space for all writers and a reserve, and gives no notice of smaller space", async () => {
    // 3 MB more every second.
    const { diskWait: one, notices, now } = diskWait(60_000, undefined, (ms) => 3000 * ms);
    let tries = 0;
    const write = async () => {
      tries += 1;
      if (3000 * now() < 60e6) throw systemError("ENOSPC");
    };
    await Promise.all([one.retrying(write, 20e6), one.retrying(write, 30e6)]);
    // Both at the begin, and both when there was space.
    expect(tries).toBe(4);
    expect(3000 * now()).toBeGreaterThanOrEqual(100e6);
    expect(notices).toEqual([
      "the disk is full: /out has 0 B free and needs 100 MB; the download waits up to 60 s for space",
      expect.stringMatching(/^there is space again: \/out has \d+ MB free, and the download goes on$/),
    ]);
  });

  it("gives up with path and bytes, without a notice that it continues", async () => {
    const { diskWait: one, notices } = diskWait(10_000, undefined, () => 1e6);
    await expect(one.retrying(scarce(1000), 5e6)).rejects.toThrow("given up: /out has 1.00 MB free and needs 55.0 MB");
    expect(notices).toEqual(["the disk is full: /out has 1.00 MB free and needs 55.0 MB; the download waits up to 10 s for space"]);
  });

  it("starts long work over with space for what was lost, and continues when some of it is written", async () => {
    const { diskWait: one, notices, now } = diskWait(60_000, undefined, (ms) => 20_000 * ms);
    const begun: number[] = [];
    const long = async () => {
      begun.push(now());
      if (begun.length === 1) {
        const error = systemError("ENOSPC");
        lostToFullDisk(error, 100e6);
        throw error;
      }
      const before = notices.length;
      await one.retrying(async () => undefined, 1);
      return notices.length - before;
    };
    expect(await one.redoing(long)).toBe(1);
    expect(begun).toHaveLength(2);
    expect(20_000 * (begun[1] ?? 0)).toBeGreaterThanOrEqual(150e6);
    expect(notices).toHaveLength(2);
  });

  it("measures a new wait for long work that had continued in between", async () => {
    const { diskWait: one, notices, now } = diskWait(10_000);
    let begun = 0;
    const long = async () => {
      begun += 1;
      if (begun > 3) return now();
      if (begun > 1) await one.retrying(async () => undefined, 1);
      throw systemError("ENOSPC");
    };
    await one.redoing(long);
    expect(notices.filter((text) => text.startsWith("the disk is full"))).toHaveLength(3);
    expect(notices.filter((text) => text.startsWith("there is space"))).toHaveLength(3);
  });

  it("throws its own error when the wait was too long", async () => {
    const { diskWait: one, now } = diskWait(60_000);
    await expect(one.retrying(scarce(1000))).rejects.toThrow("given up");
    expect(now()).toBeGreaterThanOrEqual(60_000);
    expect(now()).toBeLessThan(80_000);
  });

  it("throws every other error at once, and every error if the longest wait is 0", async () => {
    const { diskWait: one, notices } = diskWait();
    await expect(one.retrying(scarce(1, "EIO"))).rejects.toThrow("EIO");
    await expect(diskWait(0).diskWait.retrying(scarce(1))).rejects.toThrow("ENOSPC");
    expect(notices).toEqual([]);
  });

  it("throws the signal's reason when it aborts", async () => {
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    await expect(diskWait(60_000, stop.signal).diskWait.retrying(scarce(1))).rejects.toThrow("stopped");
  });

  it("recognises a full disk in DuckDB's messages, and in no other message", () => {
    expect(isDiskFull(new Error('Could not write file "a.parquet": No space left on device'))).toBe(true);
    expect([new Error("no space between words"), systemError("EIO"), "ENOSPC"].map(isDiskFull)).toEqual([false, false, false]);
  });
});

describe("a file that grows", () => {
  it("has every byte once, wherever a write stops and however often the disk is full", async () => {
    const stored = Buffer.alloc(20);
    let calls = 0;
    const file = {
      writev: async (parts: readonly Uint8Array[], position: number) => {
        calls += 1;
        if (calls % 2) throw systemError("ENOSPC");
        const bytes = Buffer.concat(parts).subarray(0, 3);
        bytes.copy(stored, position);
        return { bytesWritten: bytes.length, buffers: [...parts] };
      },
    };
    await writeAll(
      file as unknown as Parameters<typeof writeAll>[0],
      [Buffer.from("one"), Buffer.from(""), Buffer.from("two and more")],
      5,
      diskWait().diskWait,
    );
    expect(stored.subarray(5).toString()).toBe("onetwo and more");
  });

  it("is hashed as it is stored", () =>
    withFolder(async (folder) => {
      const file = AppendFile.create(join(folder, "a"), NO_DISK_WAIT);
      await file.append([Buffer.from("a"), Buffer.from("bc")]);
      await file.append([]);
      expect(await file.finish()).toEqual({ bytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" });
      expect(await readFile(join(folder, "a"), "utf8")).toBe("abc");
    }));
});
