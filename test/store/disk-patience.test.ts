// Writers that wait for space: how long, who hears of it, and that every byte is written whatever a write takes.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AppendFile, writeAll } from "../../src/store/append-file.ts";
import { createDiskPatience, type DiskPatienceOptions, isDiskFull, NO_PATIENCE } from "../../src/store/disk-patience.ts";
import { withFolder } from "../support/parquet.ts";

const systemError = (code: string) => Object.assign(new Error(`${code}: no space left on device, write`), { code });

/** Patience whose clock moves when somebody sleeps. */
function patience(maxWaitMs = 60_000, signal = new AbortController().signal) {
  const notices: string[] = [];
  let nowMs = 0;
  const options: DiskPatienceOptions = {
    maxWaitMs,
    signal,
    now: () => nowMs,
    sleep: async (delayMs) => {
      nowMs += delayMs;
    },
    onNotice: (text) => void notices.push(text),
    asFinal: () => new Error("given up"),
  };
  return { patience: createDiskPatience(options), notices, now: () => nowMs };
}

/** Fails so many times before it succeeds. */
function scarce(failures: number, code = "ENOSPC") {
  let calls = 0;
  const work = async () => {
    calls += 1;
    if (calls <= failures) throw systemError(code);
    return calls;
  };
  return work;
}

describe("patience", () => {
  it.each(["ENOSPC", "EDQUOT"])("does again what fails with %s, and says once that it waits and once that it goes on", async (code) => {
    const { patience: one, notices } = patience();
    expect(await Promise.all([one.retrying(scarce(3, code)), one.retrying(scarce(5, code))])).toEqual([4, 6]);
    expect(notices).toEqual(["the disk is full: the download waits up to 60 s for space", "there is space again: the download goes on"]);
  });

  it("ends with its own error when the wait was too long", async () => {
    const { patience: one, now } = patience(60_000);
    await expect(one.retrying(scarce(1000))).rejects.toThrow("given up");
    expect(now()).toBeGreaterThanOrEqual(60_000);
    expect(now()).toBeLessThan(80_000);
  });

  it("lets every other error through at once, and any at all where the longest wait is 0", async () => {
    const { patience: one, notices } = patience();
    await expect(one.retrying(scarce(1, "EIO"))).rejects.toThrow("EIO");
    await expect(patience(0).patience.retrying(scarce(1))).rejects.toThrow("ENOSPC");
    expect(notices).toEqual([]);
  });

  it("ends with the signal's reason for who is told to stop", async () => {
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    await expect(patience(60_000, stop.signal).patience.retrying(scarce(1))).rejects.toThrow("stopped");
  });

  it("knows a full disk by DuckDB's words, and takes nothing else for one", () => {
    expect(isDiskFull(new Error('Could not write file "a.parquet": No space left on device'))).toBe(true);
    expect([new Error("no space between words"), systemError("EIO"), "ENOSPC"].map(isDiskFull)).toEqual([false, false, false]);
  });
});

describe("a file that grows", () => {
  it("has every byte once, wherever a write stops and however often there is no space", async () => {
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
      patience().patience,
    );
    expect(stored.subarray(5).toString()).toBe("onetwo and more");
  });

  it("is hashed as it is stored", () =>
    withFolder(async (folder) => {
      const file = AppendFile.create(join(folder, "a"), NO_PATIENCE);
      await file.append([Buffer.from("a"), Buffer.from("bc")]);
      await file.append([]);
      expect(await file.finish()).toEqual({ bytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" });
      expect(await readFile(join(folder, "a"), "utf8")).toBe("abc");
    }));
});
