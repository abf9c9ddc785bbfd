// Reads the members of a tar, one at a time.
import { createReadStream } from "node:fs";
import tar from "tar-stream";

/** One file of a tar. */
export interface TarMember {
  readonly name: string;
  readonly body: Buffer;
}

/** Reads the regular files of a tar in order, one in memory at a time. Throws if the tar is torn. */
export async function* readTar(path: string): AsyncGenerator<TarMember> {
  const extract = tar.extract();
  const source = createReadStream(path);
  source.on("error", (error) => extract.destroy(error));
  source.pipe(extract as unknown as NodeJS.WritableStream);
  for await (const entry of extract) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === "file") yield { name: entry.header.name, body: Buffer.concat(chunks) };
  }
}
