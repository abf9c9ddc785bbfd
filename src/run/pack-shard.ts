// The conductor: one shard from its rows to its commit: fetch, transform, pack in key order, record every row.
import { setMaxListeners } from "node:events";
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import type { Budget } from "../core/budget.ts";
import { InputError } from "../core/errors.ts";
import { stringifyExact } from "../core/json.ts";
import { sampleKey, shardName } from "../core/keys.ts";
import type { JsonValue, Sample } from "../core/sample.ts";
import type { BlockList } from "../fetch/block-list.ts";
import type { Fetcher } from "../fetch/fetcher.ts";
import type { ManifestRow } from "../manifest/manifest-row.ts";
import { type ShardRecord, shardRecord } from "../manifest/shard-record.ts";
import { type SidecarOptions, writeSidecar } from "../manifest/sidecar.ts";
import { copyRows, type RowRange, readRows, rowRange } from "../partition/read.ts";
import { type FeatureKind, featureKind } from "../shard/features.ts";
import { openWriter, type SamplePacker, samplePacker } from "../shard/formats.ts";
import { KeyOrder } from "../shard/key-order.ts";
import { sampleDigest } from "../shard/sample-digest.ts";
import type { Database, JsonRow } from "../sql/database.ts";
import { Attempt } from "../store/commit.ts";
import type { DiskPatience } from "../store/disk-patience.ts";
import { fileDigest } from "../store/file-digest.ts";
import type { Transformer } from "../transform/transformer.ts";
import { checkDigests } from "./check-digests.ts";
import { type DownloadPlan, inputPath } from "./download-plan.ts";
import type { SampleCounts } from "./events.ts";
import { generationRecord, visibleRecord } from "./generations.ts";
import { asBrokenInput } from "./input-errors.ts";
import { adoptedSlice, type Redo, takeOver } from "./redo/take-over.ts";
import { shardSlice } from "./shard-plan.ts";

/** What a worker has open for all its shards. */
export interface ShardTools {
  readonly output: string;
  readonly plan: DownloadPlan;
  readonly database: Database;
  readonly fetcher: Fetcher;
  readonly blockList: BlockList | undefined;
  readonly transformer: Transformer;
  /** Samples begun and not yet packed or failed, over all shards in work. */
  readonly samples: Budget;
  /** Bytes of packed samples that wait for their turn in memory, over all shards in work. */
  readonly waitingBytes: Budget;
  /** Waits for space where the disk is full. */
  readonly patience: DiskPatience;
  readonly now: () => number;
  /** Called with what one sample adds. */
  readonly count: (counts: SampleCounts) => void;
}

/** How a shard in work is stopped, and what its worker hears of it. */
export interface PackProgress {
  readonly signal: AbortSignal;
  /** Called when the last sample is begun, so that only the slowest are waited for. */
  readonly onBegun: () => void;
}

/**
 * Packs and commits a shard, its first generation or a further one. Undefined: another attempt was first. Rejects with
 * the signal's reason when it aborts.
 */
export async function packShard(
  shard: number,
  tools: ShardTools,
  { signal, onBegun }: PackProgress,
  redo?: Redo,
): Promise<ShardRecord | undefined> {
  const { plan, output, database, patience } = tools;
  const name = shardName(shard, plan.shape.shardDigits);
  const startedAt = tools.now();
  const generation = redo?.generation ?? 0;
  // Attempts at a finished shard are swept; those at its further generations have a subject of their own.
  const attempt = new Attempt(output, generation === 0 ? name : `${name}-g${generation}`);
  await patience.retrying(() => attempt.begin());
  const slice = redo?.adopted
    ? await adoptedSlice(redo.adopted, attempt.path("input.parquet"), plan, database)
    : shardSlice(plan.shards, shard);
  const input = inputPath(output, slice.path);
  const blameInput = async (error: unknown): Promise<never> => {
    throw await asBrokenInput(error, input);
  };
  const { outputFormat } = plan.shape;
  const range = {
    path: input,
    firstRow: slice.firstRow,
    rows: slice.rows,
    hidesRowNumber: plan.hidesRowNumber,
    positionColumn: plan.positionColumn,
  };
  // In a parquet shard the sidecar's columns are the shard's own.
  const sidecar = attempt.path(outputFormat === "parquet" ? "rows.parquet" : `${name}.parquet`);
  const writer = openWriter(outputFormat, {
    name,
    rows: slice.rows,
    imageColumn: plan.shape.transform.encodeFormat,
    path: (file) => attempt.path(file),
    sliceRows: async (first, end) => {
      const path = attempt.path("slice.parquet");
      const part = { ...range, path: sidecar, firstRow: first, rows: end - first };
      await patience.retrying(() => rm(path, { force: true }).then(() => copyRows(database, part, path)));
      return path;
    },
    patience,
  });
  const order = new KeyOrder(writer, slice.rows, attempt.path("spool"), tools.waitingBytes, patience);
  try {
    const singles = [plan.urlColumn, plan.captionColumn, plan.boxColumn, plan.digestColumn].filter((column) => column !== undefined);
    const columns = [...singles, ...plan.carried.map(({ source }) => source)];
    const rows = await readRows(database, range, [...new Set(columns)]).catch(blameInput);
    if (rows.length !== slice.rows) {
      throw new InputError(
        `${input} was changed: it has ${rows.length} rows where the plan has ${slice.rows}`,
        "Put back the file as it was.",
      );
    }
    const hosts = rows.map((row) => hostOf(toText(row[plan.urlColumn])));
    const pack = samplePacker(outputFormat, plan.shape.withCaption, await featureKinds(range, tools));
    const samples = drain(rows, (row, index) => toSample(row, shard, index, plan, redo?.adopted?.keys[index]));
    const manifest = await packSamples(samples, redo, order, pack, tools, { signal, onBegun });
    const sidecarOptions: SidecarOptions = {
      path: sidecar,
      rows: rowRange(range),
      positionColumn: plan.positionColumn,
      columns: [
        ...plan.carried,
        ...(plan.captionColumn ? [{ source: plan.captionColumn, name: "caption" }] : []),
        { source: plan.urlColumn, name: "url" },
      ],
      withExif: plan.shape.transform.extractExif,
      digestColumn: plan.shape.computeHash,
      withSampleDigest: outputFormat !== "parquet" && outputFormat !== "dummy",
    };
    const written = await patience
      .retrying(async () => {
        await rm(sidecar, { force: true });
        await writeSidecar(database, manifest, sidecarOptions);
        // In a parquet shard it is a part of the shard, whose digest counts.
        return outputFormat === "parquet" ? undefined : { name: basename(sidecar), ...(await fileDigest(sidecar)) };
      })
      .catch(blameInput);
    const shardFile = await order.finish();
    const record = shardRecord(manifest, {
      shard,
      attempt: attempt.id,
      run: plan.run,
      generation,
      hosts,
      files: [...(shardFile ? [shardFile] : []), ...(written ? [written] : [])],
      startedAt,
      endedAt: tools.now(),
    });
    signal.throwIfAborted();
    const isFirst =
      generation === 0
        ? await patience.retrying(() => attempt.commit(visibleRecord(name), record))
        : await patience.retrying(() => attempt.commit(generationRecord(name, generation), record, visibleRecord(name)));
    return isFirst ? record : undefined;
  } catch (error) {
    await order.abandon();
    await attempt.abandon();
    throw error;
  }
}

/** Runs all samples through fetch and transform, as many at a time as the budgets allow; the first defect stops them all. */
async function packSamples(
  samples: Iterable<Sample>,
  redo: Redo | undefined,
  order: KeyOrder,
  pack: SamplePacker,
  tools: ShardTools,
  { signal, onBegun }: PackProgress,
): Promise<ManifestRow[]> {
  const manifest: ManifestRow[] = [];
  const stop = new AbortController();
  const anyEnd = AbortSignal.any([signal, stop.signal]);
  // Every sample in flight listens; their number is bounded by the budget.
  setMaxListeners(0, anyEnd);
  const running = new Set<Promise<void>>();
  try {
    if (redo) running.add(takeOver(redo, order, manifest, anyEnd).catch((error: unknown) => stop.abort(error)));
    for (const sample of samples) {
      if (redo?.kept.has(sample.index)) continue;
      await tools.samples.reserve(1, anyEnd);
      const work = packSample(sample, order, pack, tools, anyEnd)
        .then((row) => {
          manifest[sample.index] = row;
        })
        .catch((error: unknown) => stop.abort(error))
        .finally(() => {
          tools.samples.release(1);
          running.delete(work);
        });
      running.add(work);
    }
    onBegun();
    await Promise.all(running);
    anyEnd.throwIfAborted();
    return manifest;
  } finally {
    await Promise.all(running);
  }
}

/** One sample to its end: packed, or a row that says why not. */
async function packSample(
  sample: Sample,
  order: KeyOrder,
  pack: SamplePacker,
  tools: ShardTools,
  signal: AbortSignal,
): Promise<ManifestRow> {
  const { shape } = tools.plan;
  const fetched = await tools.fetcher.fetch(sample.url, signal);
  const common = {
    index: sample.index,
    key: sample.key,
    attempts: fetched.attempts,
    fetchMs: fetched.elapsedMs,
    ...(fetched.httpStatus === undefined ? {} : { httpStatus: fetched.httpStatus }),
  };
  if (!fetched.ok) {
    await order.skip(sample.index);
    tools.count({ packed: 0, failed: 1, downloadedBytes: 0, storedBytes: 0 });
    return { ...common, outcome: fetched.failure.code, ...(fetched.failure.detail ? { detail: fetched.failure.detail } : {}) };
  }
  try {
    const downloadedBytes = fetched.body.length;
    const listed = tools.blockList?.ofBody(fetched.body);
    if (listed !== undefined) {
      await order.skip(sample.index);
      tools.count({ packed: 0, failed: 1, downloadedBytes, storedBytes: 0 });
      return { ...common, outcome: "block_listed", detail: listed, downloadedBytes };
    }
    const { digest, mismatch } = checkDigests(fetched.body, sample, shape);
    const stored = mismatch ?? (await tools.transformer.transform(fetched.body, sample.boxes));
    if (!stored.ok) {
      await order.skip(sample.index);
      tools.count({ packed: 0, failed: 1, downloadedBytes, storedBytes: 0 });
      return {
        ...common,
        outcome: stored.failure.code,
        ...(stored.failure.detail ? { detail: stored.failure.detail } : {}),
        downloadedBytes,
        ...(stored.sourceFormat === undefined ? {} : { sourceFormat: stored.sourceFormat }),
        ...(stored.originalWidth === undefined ? {} : { originalWidth: stored.originalWidth }),
        ...(stored.originalHeight === undefined ? {} : { originalHeight: stored.originalHeight }),
      };
    }
    const { exif, ...image } = stored;
    const withExif = shape.transform.extractExif ? { ...image, exif } : image;
    const entries = pack(sample, withExif, digest);
    await order.put(sample.index, sample.key, entries);
    tools.count({ packed: 1, failed: 0, downloadedBytes, storedBytes: stored.image.length });
    return {
      ...common,
      outcome: "success",
      downloadedBytes,
      storedBytes: stored.image.length,
      ...(stored.sourceFormat ? { sourceFormat: stored.sourceFormat } : {}),
      ...(stored.width === null ? {} : { width: stored.width }),
      ...(stored.height === null ? {} : { height: stored.height }),
      ...(stored.originalWidth === null ? {} : { originalWidth: stored.originalWidth }),
      ...(stored.originalHeight === null ? {} : { originalHeight: stored.originalHeight }),
      ...(exif === null ? {} : { exif }),
      ...(digest ? { digest: digest.hex } : {}),
      sampleDigest: sampleDigest(entries),
    };
  } finally {
    fetched.release();
  }
}

/** What kind of feature each carried column is, where the format has features. */
async function featureKinds(range: RowRange, { plan, database }: ShardTools): Promise<ReadonlyMap<string, FeatureKind>> {
  if (plan.shape.outputFormat !== "tfrecord") return new Map();
  const types = new Map((await database.columns(`SELECT * FROM ${rowRange(range)}`)).map(({ name, type }) => [name.toLowerCase(), type]));
  return new Map(plan.carried.map(({ source, name }) => [name, featureKind(types.get(source.toLowerCase()) ?? "")]));
}

/** Lets go of each row as it is taken: a shard has thousands, of which few are in work. */
function* drain<Row, Made>(rows: Row[], make: (row: Row, index: number) => Made): Generator<Made> {
  rows.reverse();
  for (let index = 0; rows.length > 0; index++) yield make(rows.pop() as Row, index);
}

function toSample(row: JsonRow, shard: number, index: number, plan: DownloadPlan, key?: string): Sample {
  const columns: Record<string, JsonValue> = {};
  for (const { source, name } of plan.carried) columns[name] = row[source] ?? null;
  return {
    key: key ?? sampleKey(shard, index, plan.shape.samplesPerShard, plan.shape.shardDigits),
    index,
    url: toText(row[plan.urlColumn]),
    caption: plan.captionColumn ? toText(row[plan.captionColumn]) : null,
    columns,
    ...(plan.boxColumn && { boxes: row[plan.boxColumn] ?? null }),
    ...(plan.digestColumn && { expectedDigest: toText(row[plan.digestColumn]) }),
  };
}

function hostOf(url: string | null): string | undefined {
  return url !== null && URL.canParse(url) ? new URL(url).hostname : undefined;
}

function toText(value: JsonValue | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? stringifyExact(value) : String(value);
}
