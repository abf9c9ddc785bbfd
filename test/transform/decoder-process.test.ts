import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { builtEntryPoint } from "../../src/core/entry-point.ts";
import { DECODER_PIPE } from "../../src/transform/decoder-messages.ts";
import { writeFrame } from "../../src/transform/picture-frames.ts";
import { options, paint } from "./support/paint.ts";

const start = () => {
  const path = builtEntryPoint("../../src/transform/decoder-process.js", import.meta.url);
  const child = spawn(process.execPath, [path], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  return { child, pipe: child.stdio[DECODER_PIPE] as Duplex };
};

test("a decoder ends when its parent goes, in the middle of a picture too", async () => {
  const { child, pipe } = start();
  await once(pipe, "data");
  const body = await paint(3000, 3000).png({ compressionLevel: 1 }).toBuffer();
  const header = { format: "png", size: { width: 3000, height: 3000 }, hasAlpha: false, isGrey: false, isProgressive: false };
  writeFrame(pipe, { id: 1, job: { purpose: "store", header, options: options({ resizeMode: "no" }) } }, body);
  pipe.destroy();
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
});
