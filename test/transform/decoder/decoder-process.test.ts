// A decoder process ends with its parent.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { builtEntryPoint } from "../../../src/core/entry-point.ts";
import { options, paint } from "../../support/transform/paint.ts";

const start = (): ChildProcess => {
  const path = builtEntryPoint("transform/decoder/decoder-process.js", new URL("../../../src/index.ts", import.meta.url).href);
  return fork(path, { serialization: "advanced", execArgv: [] });
};

test("a decoder ends when its parent ends, even in the middle of a picture", async () => {
  const child = start();
  await once(child, "message");
  const body = await paint(3000, 3000).png({ compressionLevel: 1 }).toBuffer();
  const header = { format: "png", size: { width: 3000, height: 3000 }, hasAlpha: false, isGrey: false, isProgressive: false };
  child.send({ id: 1, body, job: { purpose: "store", header, options: options({ resizeMode: "no" }) } });
  child.disconnect();
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
});
