// The user's block lists, compiled once to a file that every worker loads whole.
import { createHash, hash } from "node:crypto";
import { open } from "node:fs/promises";
import { InputError } from "../../core/errors.ts";
import { type BlockKind, hostKey, readEntries, urlKey } from "./block-list-lines.ts";
import { BlockTable } from "./block-table.ts";

/** Most entries of all lists of a run: 430 MB in every worker. */
export const MAX_BLOCK_ENTRIES = 25_000_000;

/** Facts about block lists before they are compiled. */
export interface BlockListFacts {
  /** SHA-256 over the digests of the files, in any order of the files. */
  readonly digest: string;
  readonly entries: number;
}

const KINDS: readonly BlockKind[] = ["url", "host", "md5", "sha1", "sha256"];
const BODY_KINDS = ["md5", "sha1", "sha256"] as const;
const MAGIC = "PREPBLK1";
const HEADER_BYTES = 80;

/** Reads all files to their end and keeps nothing. Throws InputError with file and line for the first wrong line. */
export async function inspectBlockLists(paths: readonly string[]): Promise<BlockListFacts> {
  return await readAll(paths, () => undefined);
}

/** Compiles the files into `target`, which must not exist. Throws InputError if they no longer match `facts`. */
export async function compileBlockLists(paths: readonly string[], facts: BlockListFacts, target: string): Promise<void> {
  const table = BlockTable.forEntries(facts.entries);
  const kinds = new Set<BlockKind>();
  let added = 0;
  const found = await readAll(paths, (kind, key) => {
    added += 1;
    // A file that grows meanwhile must not fill the table, because a search in a full table never ends.
    if (added > facts.entries) return;
    kinds.add(kind);
    table.add(key);
  });
  if (found.digest !== facts.digest) throw new InputError("a --block-list file changed while prep read it", "Start again.");
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(`${MAGIC}${facts.digest}`, "latin1");
  KINDS.forEach((kind, index) => {
    header[72 + index] = kinds.has(kind) ? 1 : 0;
  });
  const file = await open(target, "wx");
  try {
    await file.writeFile(header);
    await file.writeFile(Buffer.from(table.words.buffer));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Loads a compiled file; undefined if it does not exist, is incomplete or belongs to another list. */
export async function loadBlockList(path: string, digest: string): Promise<BlockList | undefined> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    await file.read(header, 0, HEADER_BYTES, 0);
    const tableBytes = (await file.stat()).size - HEADER_BYTES;
    if (header.toString("latin1", 0, 72) !== MAGIC + digest || tableBytes % 12 !== 0) return undefined;
    const table = Buffer.from(new ArrayBuffer(tableBytes));
    for (let at = 0; at < tableBytes; ) {
      const { bytesRead } = await file.read(table, at, Math.min(tableBytes - at, 1 << 28), HEADER_BYTES + at);
      if (bytesRead === 0) return undefined;
      at += bytesRead;
    }
    return new BlockList(new BlockTable(new Uint32Array(table.buffer)), new Set(KINDS.filter((_, index) => header[72 + index] === 1)));
  } finally {
    await file.close();
  }
}

/** What is forbidden. Answers name the entry that forbids, for a sample's record. */
export class BlockList {
  readonly #table: BlockTable;
  readonly #kinds: ReadonlySet<BlockKind>;

  constructor(table: BlockTable, kinds: ReadonlySet<BlockKind>) {
    this.#table = table;
    this.#kinds = kinds;
  }

  /** `url`, or `host example.com` for a host or one of its parents; undefined if the URL may be fetched. */
  ofUrl(url: URL): string | undefined {
    if (this.#kinds.has("url") && this.#table.has(urlKey(url))) return "url";
    if (!this.#kinds.has("host")) return undefined;
    for (let host = url.hostname; host !== ""; host = host.includes(".") ? host.slice(host.indexOf(".") + 1) : "") {
      if (this.#table.has(hostKey(host))) return `host ${host}`;
    }
    return undefined;
  }

  /** The digest that forbids a body, such as `md5 0123...`; undefined if none does. */
  ofBody(body: Buffer): string | undefined {
    for (const kind of BODY_KINDS) {
      if (!this.#kinds.has(kind)) continue;
      const digest = hash(kind, body, "buffer");
      if (this.#table.has(digest)) return `${kind} ${digest.toString("hex")}`;
    }
    return undefined;
  }
}

async function readAll(paths: readonly string[], take: (kind: BlockKind, key: Buffer) => void): Promise<BlockListFacts> {
  const digests: string[] = [];
  let entries = 0;
  for (const path of paths) {
    const sum = createHash("sha256");
    for await (const { kind, key } of readEntries(path, sum)) {
      entries += 1;
      if (entries > MAX_BLOCK_ENTRIES) {
        throw new InputError(
          `${path}: the block lists have more than ${MAX_BLOCK_ENTRIES.toLocaleString("en")} entries`,
          "Name hosts instead of their URLs, or filter the rows out in the query with --table.",
        );
      }
      take(kind, key);
    }
    digests.push(sum.digest("hex"));
  }
  return { digest: hash("sha256", digests.sort().join("\n")), entries };
}
