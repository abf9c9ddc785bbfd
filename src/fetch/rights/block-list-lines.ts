// Reads the lines of block list files: URLs, hosts and digests of images, in bounded memory.
import { type createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { InputError } from "../../core/errors.ts";
import { failure } from "../../core/outcome.ts";
import { MAX_URL_LENGTH, parseTarget } from "../guard/target-url.ts";

/** What a line blocks. */
export type BlockKind = "url" | "host" | "md5" | "sha1" | "sha256";

/** One line that blocks something. `key` is what the table stores: the digest itself, or the SHA-256 of a URL or host. */
export interface BlockEntry {
  readonly kind: BlockKind;
  readonly key: Buffer;
  /** What the key is made from: a URL without its scheme, a host, or a digest in lower-case hex. */
  readonly text: string;
}

type Sum = ReturnType<typeof createHash>;

const DIGESTS: Readonly<Record<number, BlockKind>> = { 32: "md5", 40: "sha1", 64: "sha256" };

/**
 * Reads the entries of one file in order, and adds the file's bytes to `sum`. Skips blank lines and those that begin with #.
 * Throws InputError with file and line for any other line, and for a file that cannot be read, which it calls `named`.
 */
export async function* readEntries(path: string, sum: Sum, named = `--block-list ${path}`): AsyncGenerator<BlockEntry> {
  let number = 0;
  for await (const line of readLines(path, sum, named)) {
    number += 1;
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const entry = text.length > MAX_URL_LENGTH ? undefined : parseEntry(text);
    if (!entry) {
      const { detail } = failure("invalid_url", text.length > 80 ? `${text.slice(0, 77)}...` : text);
      throw new InputError(
        `${path}:${number}: "${detail ?? ""}" is not a URL, a host or a digest`,
        "Write one on each line: http://host/picture.jpg, a host such as example.com, or an md5, sha1 or sha256 in hex.",
      );
    }
    yield entry;
  }
}

/** The part of a URL that counts: all but its scheme. */
function urlText(url: URL): string {
  return `${url.host}${url.pathname}${url.search}`;
}

/** The entry's text for a URL as a row has it; null for a URL that is never requested. */
export function urlEntry(text: string): string | null {
  const url = parseTarget(text, { allowPrivateNetwork: true });
  return url instanceof URL ? urlText(url) : null;
}

/** The key of a URL. */
export function urlKey(url: URL): Buffer {
  return hash("sha256", `url ${urlText(url)}`, "buffer");
}

/** The key of a host. */
export function hostKey(hostname: string): Buffer {
  return hash("sha256", `host ${hostname}`, "buffer");
}

function parseEntry(text: string): BlockEntry | undefined {
  const digest = /^[0-9a-f]+$/i.test(text) ? DIGESTS[text.length] : undefined;
  if (digest) return { kind: digest, key: Buffer.from(text, "hex"), text: text.toLowerCase() };
  if (/^https?:\/\//i.test(text)) {
    const url = parseTarget(text, { allowPrivateNetwork: true });
    return url instanceof URL ? { kind: "url", key: urlKey(url), text: urlText(url) } : undefined;
  }
  const host = text.replace(/^\*?\./, "");
  if (/[\s/?#@\\]/.test(host) || !/[.:]/.test(host)) return undefined;
  const url = parseTarget(`http://${host}/`, { allowPrivateNetwork: true });
  // A host has no port. URLs allow characters in a host that no name has, such as a comma.
  const isHost = url instanceof URL && url.port === "" && /^([a-z0-9._-]+|\[.+\])$/.test(url.hostname);
  return isHost ? { kind: "host", key: hostKey(url.hostname), text: url.hostname } : undefined;
}

async function* readLines(path: string, sum: Sum, named: string): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder("utf-8");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      sum.update(chunk as Buffer);
      const pieces = (rest + decoder.decode(chunk as Buffer, { stream: true })).split("\n");
      rest = pieces.pop() ?? "";
      yield* pieces;
      // Longer than any entry: yielded as it is, so that the line is refused with its number.
      if (rest.length > 2 * MAX_URL_LENGTH) {
        yield rest;
        rest = "";
      }
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new InputError(`${named} cannot be read: ${error.message}`, "Name a text file that exists.", { cause: error });
  }
  if (rest !== "") yield rest;
}
