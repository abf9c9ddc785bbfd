// Makes a plan for an output folder of img2dataset, so that prep can make its shards again.
import { join } from "node:path";
import { OutputError } from "../core/errors.ts";
import { shardName } from "../core/keys.ts";
import type { ShapeConfig } from "../job/config.ts";
import { identityDigest } from "../job/identity.ts";
import { DIGEST_ALGORITHMS } from "../manifest/digest.ts";
import { RESERVED_COLUMNS } from "../manifest/sidecar-columns.ts";
import { type DownloadPlan, PLAN_FORMAT_VERSION } from "../output/plans/download-plan.ts";
import type { ScannedRecord } from "../output/records/scan-records.ts";
import { findShard, type OutputFormatName } from "../shard/output-formats.ts";
import { storedSamples } from "../shard/read-shards.ts";
import { type ColumnType, Database } from "../sql/database.ts";
import { parquetFiles } from "../sql/text.ts";
import { storeAt } from "../store/store-at.ts";

/**
 * Makes the plan of these shards. The sidecar of each shard is its input. Columns, digest, EXIF and format follow from the first sidecar
 * and shard. img2dataset does not record what it did to images, so this comes from `shape`. Throws OutputError if there is no
 * shard or it cannot be read.
 */
export async function adoptPlan(output: string, records: readonly ScannedRecord[], shape: ShapeConfig): Promise<DownloadPlan> {
  const ordered = [...records].sort((left, right) => left.shard - right.shard);
  const [first] = ordered;
  if (!first) throw new OutputError(`${output} holds no finished shard`, "Name the folder that was given as --output.");
  const { columns, key } = await readColumns(join(output, `${first.name}.parquet`));
  const names = new Set(columns.map(({ name }) => name));
  const indexDigits = Math.max(0, key.length - first.name.length);
  const format = await formatOf(output, first.name);
  const withCaption = names.has("caption");
  const adopted: ShapeConfig = {
    ...shape,
    outputFormat: format.outputFormat,
    samplesPerShard: 10 ** indexDigits,
    shardDigits: first.name.length,
    computeHash: DIGEST_ALGORITHMS.find((name) => names.has(name)),
    urlColumn: "url",
    captionColumn: withCaption ? "caption" : undefined,
    withCaption,
    additionalColumns: "all",
    transform: {
      ...shape.transform,
      extractExif: names.has("exif"),
      encodeFormat: format.encodeFormat ?? shape.transform.encodeFormat,
    },
  };
  const others = columns.filter(({ name, type }) => !RESERVED_COLUMNS.has(name) && name !== "url" && name !== "caption" && type !== "BLOB");
  const identity = { adopted: "img2dataset", ...adopted };
  return {
    format_version: PLAN_FORMAT_VERSION,
    run: identityDigest(identity),
    identity,
    shape: adopted,
    urlColumn: "url",
    captionColumn: adopted.captionColumn,
    boxColumn: undefined,
    digestColumn: undefined,
    carried: others.map(({ name }) => ({ source: name, name })),
    hidesRowNumber: names.has("file_row_number"),
    positionColumn: "prep_position",
    shards: {
      inputs: ordered.map(({ shard, counts }) => ({
        path: `${shardName(shard, first.name.length)}.parquet`,
        rows: counts.count,
        firstShard: shard,
        shards: 1,
      })),
      firstShard: 0,
      shards: (ordered.at(-1)?.shard ?? 0) + 1,
      samplesPerShard: 10 ** indexDigits,
      isEqualCut: true,
      shardsPerTask: 1,
    },
  };
}

async function readColumns(path: string): Promise<{ readonly columns: readonly ColumnType[]; readonly key: string }> {
  const database = await Database.open({ threads: 1, memoryLimitBytes: 500e6 });
  try {
    const file = parquetFiles(path);
    const columns = await database.columns(`SELECT * FROM ${file}`);
    const [row] = await database.rows(`SELECT key FROM ${file} LIMIT 1`);
    return { columns, key: String(row?.["key"] ?? "") };
  } catch (error) {
    throw new OutputError(`${path} cannot be read`, "prep verify lists what is damaged in the folder.", { cause: error });
  } finally {
    database.close();
  }
}

async function formatOf(
  output: string,
  name: string,
): Promise<{ readonly outputFormat: OutputFormatName; readonly encodeFormat?: ShapeConfig["transform"]["encodeFormat"] }> {
  const found = await findShard(name, (file) => storeAt(output).exists(file));
  if (!found)
    throw new OutputError(
      `${output} has a record of the shard ${name} but not the shard`,
      "prep verify lists what is missing in the folder.",
    );
  const encodeFormat = await extensionOf(join(output, found.file));
  return { outputFormat: found.format, ...(encodeFormat ? { encodeFormat } : {}) };
}

async function extensionOf(path: string) {
  for await (const { entries } of storedSamples(path)) {
    return (["jpg", "png", "webp", "avif"] as const).find((format) => entries.some(({ extension }) => extension === format));
  }
  return undefined;
}
