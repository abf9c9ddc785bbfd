// The abort signal of a run: which signals of the operating system abort it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { stopSignal } from "../../src/cli/signals.ts";
import { withFolder } from "../support/parquet.ts";

const before = (["SIGINT", "SIGTERM"] as const).map((name) => [name, process.listeners(name)] as const);

afterEach(() => {
  for (const [name, kept] of before) for (const one of process.listeners(name)) if (!kept.includes(one)) process.off(name, one);
});

it("aborts on SIGTERM and says what is lost", async () => {
  const said: string[] = [];
  const signal = stopSignal(
    (text) => said.push(text),
    () => ", up to 3 samples",
  );
  process.kill(process.pid, "SIGTERM");
  await once(signal, "abort");
  expect(signal.reason).toMatchObject({ exitCode: 143 });
  expect(said).toEqual(["SIGTERM: stopping; what is committed stays, up to 3 samples. Once more stops at once."]);
});

it("does not abort when a message goes to a process that was just killed, which raises SIGPIPE", () =>
  withFolder(async (folder) => {
    const script = join(folder, "child.mjs");
    await writeFile(script, "process.on('message', () => undefined); process.send('ready');");
    const signal = stopSignal(() => undefined);
    const child = fork(script);
    await once(child, "message");
    child.kill("SIGKILL");
    // The process is gone before this one can hear of it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    const error = await new Promise<(Error & { code?: string }) | null>((resolve) => child.send("late", resolve));
    expect(error?.code).toBe("EPIPE");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(signal.aborted).toBe(false);
  }));
