// Main module of a decoder process, which native code may crash without harm to the run.

import { settleSharp, transformImage } from "../transform-image.ts";
import { decodeAgainAlone } from "./decode-again-alone.ts";
import type { DecodeReply, DecodeRequest } from "./decoder-messages.ts";

settleSharp();
const decode = decodeAgainAlone(transformImage);

// A terminal's Ctrl-C reaches every process of the group, but only the parent decides when the work ends.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

// Native code may be busy for long, and nobody waits for its answer any more.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

process.on("message", (request: DecodeRequest) => {
  void decode(request.body, request.job).then((result) => reply({ id: request.id, result }));
});

reply({ ready: true });

function reply(message: DecodeReply): void {
  // A reply that cannot be sent means that the parent has ended: `disconnect` follows.
  process.send?.(message, undefined, undefined, () => undefined);
}
