// The conductor, reading back: the samples that a shard's file holds, by key and members, and whether its bytes are the recorded ones.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { imageColumn } from "../../loader/read-parquet.ts";
import { readShard } from "../../loader/read-shards.ts";
import { scanTar } from "../../loader/scan-tar.ts";
import type { Database } from "../../sql/database.ts";
import { parquetFiles, quoteName } from "../../sql/text.ts";
import { readBack } from "../../store/file-digest.ts";
import { TreeDigest } from "../../store/tree-digest.ts";

/** A sample as far as reading back asks: its key, and its members' extensions in their order. */
export interface SeenSample {
  readonly key: string;
  readonly extensions: readonly string[];
}

/** What a file is now. */
export interface SeenFile {
  readonly bytes: number;
  /** Of a file, or of a folder's files as `TreeDigest` has it. */
  readonly sha256: string;
  /** Undefined where the file is no shard but a sidecar. */
  readonly samples?: readonly SeenSample[];
  /** Why it cannot be read as what it is, whatever its digest. */
  readonly torn?: string;
}

/**
 * Reads a tar, a TFRecord or parquet shard or a folder to its end. Rejects with ENOENT where it is not there. A parquet whose
 * size or digest is not the `wanted` one is not opened: damage is told already, and native code is not made for it.
 */
export async function readShardFile(
  path: string,
  database: Database,
  wanted: { readonly bytes?: number | undefined; readonly sha256?: string | undefined } = {},
): Promise<SeenFile> {
  if (path.endsWith(".tar")) return await readTarFile(path);
  if ((await stat(path)).isDirectory()) return await readFolder(path);
  const file = await readBack(path);
  try {
    if (path.endsWith(".parquet")) {
      const isOther = file.bytes !== (wanted.bytes ?? file.bytes) || file.sha256 !== (wanted.sha256 ?? file.sha256);
      return isOther ? file : { ...file, samples: await imageRows(path, database) };
    }
    const samples: SeenSample[] = [];
    for await (const { key, members } of readShard(path)) samples.push({ key, extensions: [...members.keys()] });
    return { ...file, samples };
  } catch (error) {
    return { ...file, torn: error instanceof Error ? error.message : String(error) };
  }
}

async function readTarFile(path: string): Promise<SeenFile> {
  const scan = scanTar();
  const file = await readBack(path, (chunk) => scan.push(chunk));
  const torn = scan.end();
  return { ...file, samples: grouped(scan.names), ...(torn === undefined ? {} : { torn }) };
}

async function readFolder(path: string): Promise<SeenFile> {
  const names = (await readdir(path)).sort();
  const digest = new TreeDigest();
  let bytes = 0;
  for (const name of names) {
    const body = await readFile(join(path, name));
    digest.add(name, body);
    bytes += body.length;
  }
  return { bytes, sha256: digest.hex(), samples: grouped(names) };
}

/** Adjacent names up to their first dot are one sample. */
function grouped(names: readonly string[]): SeenSample[] {
  const samples: { key: string; extensions: string[] }[] = [];
  for (const name of names) {
    const dot = name.indexOf(".");
    const key = dot < 0 ? name : name.slice(0, dot);
    const extension = dot < 0 ? "" : name.slice(dot + 1);
    const last = samples.at(-1);
    if (last?.key === key) last.extensions.push(extension);
    else samples.push({ key, extensions: [extension] });
  }
  return samples;
}

/** The rows of a parquet shard that hold an image. */
async function imageRows(path: string, database: Database): Promise<SeenSample[]> {
  const file = parquetFiles(path);
  const image = imageColumn(await database.columns(`SELECT * FROM ${file}`));
  if (image === undefined) return [];
  const rows = await database.rows(`SELECT key FROM ${file} WHERE ${quoteName(image)} IS NOT NULL`);
  return rows.map(({ key }) => ({ key: String(key), extensions: [image] }));
}
