// Takes one shard from its rows to its commit.
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.ts";
import { shardName } from "../core/keys.ts";
import type { Sample } from "../core/sample.ts";
import { plural } from "../core/units.ts";
import type { ManifestRow } from "../manifest/manifest-row.ts";
import { type ShardRecord, shardRecord } from "../manifest/shard-record.ts";
import { type SidecarOptions, writeSidecar } from "../manifest/sidecar.ts";
import { asBrokenInput } from "../metadata/input-errors.ts";
import { inputPath } from "../output/plans/download-plan.ts";
import { shardSlice } from "../output/plans/shard-plan.ts";
import { generationRecord, visibleRecord } from "../output/records/generations.ts";
import { copyRows, type RowRange, readRows, rowRange } from "../partition/read-rows.ts";
import { type CarriedTypes, featureKind } from "../shard/features.ts";
import { KeyOrder } from "../shard/key-order.ts";
import type { SamplePacker } from "../shard/output-format.ts";
import { outputFormat, storesSamples } from "../shard/output-formats.ts";
import { SIDECAR_ENDING } from "../shard/shard-names.ts";
import { bytesOf } from "../store/bytes-of.ts";
import { DECODER_NOTES, DecoderNotes, readSuspects, removeNotes } from "../store/decoder-notes.ts";
import type { Attempt } from "../store/store.ts";
import { storeAt } from "../store/store-at.ts";
import { isDiskFull, lostToFullDisk } from "../store/wait-for-disk.ts";
import { packSample } from "./pack-sample.ts";
import { adoptedSlice, type Redo, rowThatCounts, takeOver } from "./redo/kept-samples.ts";
import { hostOfRow, toSample } from "./sample-of-row.ts";
import type { ShardResources } from "./worker-resources.ts";

/** How the packing of a shard is stopped, and what it reports. */
export interface PackProgress {
  readonly signal: AbortSignal;
  /** Called when the last sample is begun, so that the worker can begin another shard. */
  readonly onBegun: () => void;
}

/** The subject of attempts at a shard's generation. Attempts at a finished shard are swept, those at further generations are not. */
export function attemptSubject(name: string, generation: number): string {
  return generation === 0 ? name : `${name}-g${generation}`;
}

/**
 * Packs and commits a shard, its first generation or the further one of `redo`. Undefined if another attempt was first. Throws the
 * signal's reason when it aborts, and InputError if the input was changed.
 */
export async function packShard(
  shard: number,
  resources: ShardResources,
  { signal, onBegun }: PackProgress,
  redo?: Redo,
): Promise<ShardRecord | undefined> {
  const { plan, output, database, diskWait } = resources;
  const name = shardName(shard, plan.shape.shardDigits);
  const startedAt = resources.now();
  const generation = redo?.generation ?? 0;
  const subject = attemptSubject(name, generation);
  const attempt = storeAt(output).attempt(subject);
  await diskWait.retrying(() => attempt.begin());
  const slice = redo?.adopted
    ? // Absolute, since relative paths of inputs are relative to the output.
      await adoptedSlice(redo.adopted, resolve(attempt.path("input.parquet")), plan, database)
    : shardSlice(plan.shards, shard);
  const input = inputPath(output, slice.path);
  const blameInput = async (error: unknown): Promise<never> => {
    throw await asBrokenInput(error, input);
  };
  const format = outputFormat(plan.shape.outputFormat);
  const range = {
    path: input,
    firstRow: slice.firstRow,
    rows: slice.rows,
    hidesRowNumber: plan.hidesRowNumber,
    positionColumn: plan.positionColumn,
  };
  // In a format without a sidecar, its columns become columns of the shard.
  const sidecarName = format.hasSidecar ? name + SIDECAR_ENDING : "rows.parquet";
  const sidecar = attempt.path(sidecarName);
  const writer = await format.open({
    name,
    rows: slice.rows,
    pictureName: plan.shape.transform.encodeFormat,
    path: (file) => attempt.path(file),
    append: (file) => attempt.append(file, diskWait),
    sliceRows: async (first, end) => {
      const path = attempt.path("slice.parquet");
      const part = { ...range, path: sidecar, firstRow: first, rows: end - first };
      await diskWait.retrying(() => attempt.discard("slice.parquet").then(() => copyRows(database, part, path)));
      return path;
    },
    diskWait,
  });
  const order = new KeyOrder(writer, slice.rows, attempt.path("spool"), resources.waitingBytes, diskWait);
  let notes: DecoderNotes | undefined;
  resources.progress.begin(name, slice.rows - (redo?.kept.size ?? 0));
  try {
    notes = await takeOverNotes(attempt, subject, resources);
    if (notes.killers > 0) resources.onKillers?.(name, notes.killers);
    const singles = [plan.urlColumn, plan.captionColumn, plan.boxColumn, plan.digestColumn].filter((column) => column !== undefined);
    const columns = [...singles, ...plan.carried.map(({ source }) => source)];
    const rows = await readRows(database, range, [...new Set(columns)]).catch(blameInput);
    if (rows.length !== slice.rows) {
      throw new InputError(
        `${input} was changed: it has ${plural(rows.length, "row")} where the plan has ${slice.rows}`,
        "Put back the file as it was.",
      );
    }
    const hosts = rows.map((row) => hostOfRow(row, plan));
    const pack = format.packer(plan.shape.withCaption, await carriedTypes(range, resources));
    // Each row is freed when it is taken: a shard has thousands, and few are in work.
    const waiting = new Map(rows.splice(0).entries());
    const take = (index: number) => {
      const row = waiting.get(index);
      if (!row) throw new Error(`row ${index} of shard ${name} is taken twice`);
      waiting.delete(index);
      return toSample(row, shard, index, plan, redo?.adopted?.keys[index]);
    };
    const onEnded = (row: ManifestRow) => resources.progress.count(name, row);
    const manifest = await packSamples({ count: slice.rows, take, onEnded }, notes, redo, order, pack, resources, { signal, onBegun });
    await notes.close();
    const sidecarOptions: SidecarOptions = {
      path: sidecar,
      rows: rowRange(range),
      positionColumn: plan.positionColumn,
      columns: [
        ...plan.carried,
        ...(plan.captionColumn ? [{ source: plan.captionColumn, name: "caption" }] : []),
        { source: plan.urlColumn, name: "url" },
      ],
      shape: {
        withExif: plan.shape.transform.extractExif,
        digest: plan.shape.computeHash,
        withSampleDigest: format.hasSidecar && storesSamples(plan.shape.outputFormat),
      },
    };
    const written = await diskWait
      .retrying(async () => {
        await attempt.discard(sidecarName);
        await writeSidecar(database, manifest, sidecarOptions);
        // Rows that become part of the shard need no digest.
        return format.hasSidecar ? { name: sidecarName, ...(await attempt.handOver(sidecarName)) } : undefined;
      })
      .catch(blameInput);
    const shardFile = await order.finish();
    const record = shardRecord(manifest, {
      shard,
      attempt: attempt.id,
      run: plan.run,
      generation,
      hosts,
      deciding: resources.deciding,
      files: [...(shardFile ? [shardFile] : []), ...(written ? [written] : [])],
      startedAt,
      endedAt: resources.now(),
    });
    signal.throwIfAborted();
    const isFirst =
      generation === 0
        ? await diskWait.retrying(() => attempt.commit(visibleRecord(name), record))
        : await diskWait.retrying(() => attempt.commit(generationRecord(name, generation), record, visibleRecord(name)));
    return isFirst ? record : undefined;
  } catch (error) {
    resources.progress.end(name);
    if (isDiskFull(error)) lostToFullDisk(error, await bytesOf(attempt.folder).catch(() => 0));
    await order.abandon();
    await notes?.close();
    await attempt.abandon();
    throw error;
  }
}

/**
 * Begins the decoder notes of an attempt with the suspects in the notes of dead attempts at the same shard. Deletes these only after
 * the new notes exist. Notes of living attempts are not read, and attempts of other machines count as alive.
 */
async function takeOverNotes(attempt: Attempt, subject: string, { output, plan, diskWait }: ShardResources): Promise<DecoderNotes> {
  const dead = (await storeAt(output).deadAttempts(subject, attempt.id)).map((folder) => join(folder, DECODER_NOTES));
  const suspects = await readSuspects(dead, plan.run);
  const notes = await diskWait.retrying(() => DecoderNotes.begin(attempt.path(DECODER_NOTES), plan.run, suspects));
  await removeNotes(dead);
  return notes;
}

interface ShardSamples {
  readonly count: number;
  /** Returns each sample once, in any order. */
  readonly take: (index: number) => Sample;
  readonly onEnded: (row: ManifestRow) => void;
}

/** Runs all samples through fetch and transform, as many at once as the budgets allow. The first defect stops them all. */
async function packSamples(
  samples: ShardSamples,
  notes: DecoderNotes,
  redo: Redo | undefined,
  order: KeyOrder,
  pack: SamplePacker,
  resources: ShardResources,
  { signal, onBegun }: PackProgress,
): Promise<ManifestRow[]> {
  const manifest: ManifestRow[] = [];
  const stop = new AbortController();
  const anyEnd = AbortSignal.any([signal, stop.signal]);
  const running = new Set<Promise<void>>();
  try {
    if (redo) running.add(takeOver(redo, order, manifest, anyEnd).catch((error: unknown) => stop.abort(error)));
    const wanted = Array.from({ length: samples.count }, (_, index) => index).filter((index) => !redo?.kept.has(index));
    const suspects = wanted.filter((index) => notes.isSuspect(index));
    for (const [place, index] of [...suspects, ...wanted.filter((one) => !notes.isSuspect(one))].entries()) {
      // A sample that may kill this worker is decoded before others begin, since they would be suspected too.
      if (place === suspects.length && place > 0) await Promise.all(running);
      await resources.gate.admit(anyEnd);
      await resources.samples.reserve(1, anyEnd);
      const work = packSample(samples.take(index), notes.of(index), order, pack, resources, anyEnd)
        .then((row) => {
          resources.gate.ended(row);
          const counting = rowThatCounts(row, redo?.before.get(index));
          manifest[index] = counting;
          samples.onEnded(counting);
        })
        .catch((error: unknown) => stop.abort(error))
        .finally(() => {
          resources.samples.release(1);
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

/** The types of the carried columns, for formats with JSON or features. */
async function carriedTypes(range: RowRange, { plan, database }: ShardResources): Promise<CarriedTypes> {
  if (!outputFormat(plan.shape.outputFormat).needsTypes) return { kinds: new Map(), fractions: new Map() };
  const select = `SELECT * FROM ${rowRange(range)}`;
  const types = byLowerCase((await database.columns(select)).map(({ name, type }) => [name, type]));
  const fractions = byLowerCase(await database.fractions(select));
  return {
    kinds: new Map(plan.carried.map(({ source, name }) => [name, featureKind(types.get(source.toLowerCase()) ?? "")])),
    fractions: new Map(
      plan.carried.flatMap(({ source, name }) => {
        const found = fractions.get(source.toLowerCase());
        return found ? [[name, found]] : [];
      }),
    ),
  };
}

function byLowerCase<T>(entries: Iterable<readonly [string, T]>): Map<string, T> {
  return new Map(Array.from(entries, ([name, value]) => [name.toLowerCase(), value]));
}
