// Makes selections inside the test process, and reads their partitions.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SelectionConfig } from "../../../src/job/config.ts";
import type { RunEvent } from "../../../src/job/events.ts";
import type { SelectionRecord } from "../../../src/output/records/selection-record.ts";
import { filter } from "../../../src/run/filter.ts";
import type { JsonRow } from "../../../src/sql/database.ts";
import { quoteList } from "../../../src/sql/text.ts";
import { query } from "../output.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** Options of a selection besides query, metadata and output. */
export type SelectOptions = Partial<Omit<SelectionConfig, "query" | "metadata">> & {
  readonly threads?: number;
  readonly memoryLimitBytes?: number;
  readonly tempDirectory?: string;
  readonly emit?: (event: RunEvent) => void;
};

/** Runs stage one as `prep filter` does, without starting a process. Verifies the partitions unless told otherwise. */
export async function selectInto(
  output: string,
  sql: string,
  metadata: readonly string[],
  options: SelectOptions = {},
): Promise<SelectionRecord> {
  const { threads = 2, memoryLimitBytes = 10 ** 9, tempDirectory, emit = () => undefined, ...selection } = options;
  return await filter(
    {
      output,
      samplesPerShard: 10_000,
      resources: { threads, memoryLimitBytes, tempDirectory },
      selection: {
        query: sql,
        metadata,
        tables: [],
        variables: [],
        swappedSizes: "auto",
        seed: "0",
        partitions: 3,
        compression: "snappy",
        rowGroupRows: undefined,
        isShuffled: true,
        limit: undefined,
        sampleShare: undefined,
        passes: undefined,
        isVerified: true,
        ...selection,
      },
    },
    {
      emit,
      signal: new AbortController().signal,
      environment: {},
      now: Date.now,
      waits: false,
      directory: ROOT,
      packageQueries: join(ROOT, "queries"),
      program: join(ROOT, "bin", "prep.js"),
      version: "0.0.0-test",
      verbs: [],
    },
  );
}

/** The record of an output's selection. */
export async function recordOf(output: string): Promise<SelectionRecord> {
  return JSON.parse(await readFile(join(output, "selection.json"), "utf8")) as SelectionRecord;
}

/** Paths of the partitions, in order. */
export async function partitionPaths(output: string): Promise<string[]> {
  return (await recordOf(output)).partitions.map(({ name }) => join(output, "partitions", name));
}

/** SQL for the rows of all partitions, in order. */
export async function partitionsOf(output: string): Promise<string> {
  return `read_parquet(${quoteList(await partitionPaths(output))})`;
}

/** The values of an expression over all partitions, in order. */
export async function valuesOf(output: string, expression: string): Promise<JsonRow[string][]> {
  return (await query(`SELECT ${expression} AS value FROM ${await partitionsOf(output)}`)).map(({ value }) => value ?? null);
}

/** SHA-256 of every partition file. */
export async function partitionDigests(output: string): Promise<string[]> {
  return await Promise.all((await partitionPaths(output)).map(async (path) => sha256(await readFile(path))));
}

/** SHA-256 of every partition without its footer, which names the selection. */
export async function bodyDigests(output: string): Promise<string[]> {
  return await Promise.all(
    (await partitionPaths(output)).map(async (path) => {
      const bytes = await readFile(path);
      return sha256(bytes.subarray(0, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)));
    }),
  );
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
