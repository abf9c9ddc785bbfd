// Main module of the picture server's process; answers messages and ends with its parent.
import { type PictureServerOptions, startPictureServer } from "./picture-server.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as PictureServerOptions;
const server = await startPictureServer(options);

process.on("message", (id) => process.send?.({ id, counts: server.counts() }));
const onGone = () => void server.close();
process.on("disconnect", onGone);
// The parent may have been killed during the start, before this process could listen for it.
if (!process.connected) onGone();
// Ctrl-C reaches every process of the terminal; the parent decides when the server is no longer needed.
process.on("SIGINT", () => undefined);
process.send?.({ port: server.port });
