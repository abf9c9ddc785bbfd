// Transform: the main module of a decoder process, which native code may crash without harm to the run.
import { Socket } from "node:net";
import { DECODER_PIPE, type DecodeReply, type DecodeRequest } from "./decoder-messages.ts";
import { FrameReader, writeFrame } from "./picture-frames.ts";
import { settleSharp, transformImage } from "./transform-image.ts";

settleSharp();

// A terminal's Ctrl-C goes to every process of the group, but only the parent decides when the work ends.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

const NONE = Buffer.alloc(0);

const requests = new FrameReader((message, body) => {
  const { id, job } = message as DecodeRequest;
  void transformImage(body, job).then((result) => {
    if (!result.ok) return reply({ id, result }, NONE);
    const { image, ...head } = result;
    reply({ id, result: head }, image);
  });
});

// One buffer for all that is read: pictures are copied out of it.
const buffer = Buffer.allocUnsafeSlow(256 * 1024);
const onread = {
  buffer,
  callback: (bytesRead: number) => {
    requests.add(buffer.subarray(0, bytesRead), true);
    return true;
  },
};
// In a constant, since Node's types do not know that a socket of a descriptor takes `onread`, too.
const ends = { fd: DECODER_PIPE, readable: true, writable: true, onread };
const pipe = new Socket(ends);

// The parent is gone. Native code may be busy for long; nobody waits for its answer any more, so it ends at once.
const end = () => process.kill(process.pid, "SIGKILL");
pipe.on("error", end).on("end", end).on("close", end);

reply({ ready: true }, NONE);

function reply(message: DecodeReply, image: Buffer): void {
  writeFrame(pipe, message, image);
}
