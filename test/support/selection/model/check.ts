// Runs one case of the model checker: metadata, a query, kills, and a check by DuckDB.
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "../../../../src/sql/database.ts";
import { openTestDatabase } from "../../parquet.ts";
import { removeFolder } from "../../remove-folder.ts";
import { type Kill, runUntilKilled, someKill } from "./kills.ts";
import { type Layout, type LayoutName, writeLayout } from "./layouts.ts";
import { KINDS, type ModelQuery } from "./queries.ts";
import { Random } from "./random.ts";

/** A case, and its faults; no fault means that all was right. */
export interface CaseReport {
  readonly text: string;
  /** Number of starts that were killed before their end. */
  readonly killed: number;
  readonly wrong: readonly string[];
}

/** Parts of a case that the caller may choose instead of chance. */
export interface CaseOptions {
  readonly kind?: string;
  readonly rows?: number;
  readonly partitions?: number;
  readonly layout?: LayoutName;
  /** How often each URL occurs. */
  readonly copies?: number;
  readonly resources?: readonly string[];
  readonly kills?: readonly Kill[];
  /** Options of the shuffle. */
  readonly shuffle?: readonly string[];
}

const RESOURCES: readonly [readonly string[], ...(readonly string[])[]] = [
  ["--threads", "1"],
  ["--threads", "4"],
  ["--threads", "2", "--memory-limit", "300MB"],
  ["--threads", "4", "--memory-limit", "1GB"],
  ["--threads", "2", "--memory-limit", "4GB"],
];

/** Makes the case of a seed and runs it in a folder of its own. The folder is removed if nothing was wrong. */
export async function checkCase(seed: number, options: CaseOptions = {}): Promise<CaseReport> {
  const folder = await mkdtemp(join(tmpdir(), "prep-model-"));
  const database = await openTestDatabase();
  try {
    const report = await checkIn(folder, database, new Random(seed), options);
    if (report.wrong.length === 0) await removeFolder(folder);
    return { ...report, text: `seed ${seed}: ${report.text}${report.wrong.length > 0 ? ` in ${folder}` : ""}` };
  } finally {
    database.close();
  }
}

async function checkIn(folder: string, database: Database, random: Random, options: CaseOptions): Promise<CaseReport> {
  const many = random.between(4000, 60_000);
  const rows = options.rows ?? random.of([random.between(2, 300), random.between(2000, 2100), many, many, many]);
  const layout = await writeLayout(database, join(folder, "in"), rows, random, options);
  const kinds = Object.keys(KINDS) as [string, ...string[]];
  const kind = options.kind ?? random.of(kinds);
  const query = KINDS[kind]?.(random, rows);
  if (!query) throw new Error(`no kind ${kind}`);
  await writeOther(database, join(folder, "other.parquet"), layout, rows);
  const partitions = options.partitions ?? random.of([random.between(1, 8), random.between(16, 64), random.between(16, 64)]);
  const shuffle = options.shuffle ?? someOptions(random);
  const output = join(folder, "out");
  const args = [
    ...["filter", [...(query.definitions ?? []), query.select].join(";\n"), "--metadata", layout.metadata],
    ...["--table", `other=${join(folder, "other.parquet")}`, "--output", output, "--json", "--partitions", String(partitions)],
    ...shuffle,
  ];
  let killed = 0;
  const story: string[] = [];
  const someKills = Array.from({ length: random.of([0, 1, 1, 1, 2, 3]) }, () => someKill(random, partitions));
  for (const kill of options.kills ?? someKills) {
    const resources = options.resources ?? someResources(random, shuffle);
    const { signal } = await runUntilKilled([...args, ...resources], kill);
    story.push(`${resources.join(" ")} ${kill.phase} ${kill.lines} +${kill.delayMs} ${signal ?? "ended"}`);
    if (signal === "SIGKILL") killed++;
  }
  const resources = options.resources ?? someResources(random, shuffle);
  const { code, stderr } = await runUntilKilled([...args, ...resources], undefined);
  const text = `${kind}, ${layout.name}, ${rows} rows: ${args.map((word) => (/[^\w=/.-]/.test(word) ? `'${word}'` : word)).join(" ")} [${[...story, resources.join(" ")].join("; ")}]`;
  const wrong =
    code === 0
      ? await wrongRows(database, layout, query, output, !shuffle.includes("--no-shuffle"))
      : await unlessEmpty(database, layout, query, stderr);
  return { text, killed, wrong: [...wrong, ...(code === 0 ? await leftOver(output, partitions) : [])] };
}

/** Options that may change from start to start. */
function someResources(random: Random, shuffle: readonly string[]): string[] {
  const isInPasses = !shuffle.includes("--no-shuffle") && random.chance(0.3);
  return [...random.of(RESOURCES), ...(isInPasses ? ["--shuffle-passes", String(random.between(2, 5))] : [])];
}

function someOptions(random: Random): string[] {
  const isShuffled = random.chance(0.8);
  return [
    ...(isShuffled ? ["--seed", String(random.between(0, 9))] : ["--no-shuffle"]),
    ...(random.chance(0.3) ? ["--row-group-size", "2048"] : []),
    ...(random.chance(0.3) ? ["--verify-partitions"] : []),
  ];
}

/** A table to join with: a third of the keys, some of them twice, and keys that no row has. */
async function writeOther(database: Database, path: string, { relation }: Layout, rows: number): Promise<void> {
  await database.run(`CREATE OR REPLACE VIEW metadata AS FROM ${relation}`);
  await database.run(
    `COPY (SELECT hash, min(url) AS url, (hash % 64) / 64 AS p FROM metadata GROUP BY hash HAVING hash % 3 = 0
       UNION ALL SELECT hash, min(url), 2.0 FROM metadata GROUP BY hash HAVING hash % 6 = 0
       UNION ALL SELECT -1 - i, 'http://none.test/' || i, 0.5 FROM range(${rows} // 3) r(i)) TO '${path}' (FORMAT parquet)`,
  );
  await database.run(`CREATE OR REPLACE VIEW other AS FROM '${path}'`);
}

/** Reads everything as text, so that storage types do not matter, into a schema of its own. Then counts the faults. */
async function wrongRows(database: Database, layout: Layout, query: ModelQuery, output: string, isShuffled: boolean): Promise<string[]> {
  const partitions = `read_parquet('${output}/partitions/part-*.parquet', hive_partitioning = false, file_row_number = true, filename = true)`;
  for (const definition of query.definitions ?? []) await database.run(definition);
  await database.run("CREATE SCHEMA texts; SET preserve_insertion_order = true");
  const asText = (relation: string) => `SELECT COLUMNS(*)::VARCHAR FROM ${relation}`;
  await database.run(`CREATE TABLE texts.wanted AS ${asText(`(${query.select})`)}`);
  await database.run(`CREATE TABLE texts.metadata AS ${asText(layout.relation)}`);
  await database.run(
    `CREATE TABLE texts.got AS SELECT * EXCLUDE (filename, file_row_number) FROM (${asText(partitions)}) ORDER BY filename, file_row_number::BIGINT`,
  );
  const names = async (table: string) => (await database.columns(`FROM texts.${table}`)).map(({ name }) => name).sort();
  const [found, wanted] = [await names("got"), await names("wanted")];
  if (found.join() !== wanted.join()) return [`columns ${found.join()} instead of ${wanted.join()}`];
  await database.run("SET search_path = 'texts,main'");
  const list = found.map((name) => `"${name}"`).join(", ");
  const violations = query.isDetermined
    ? [
        `SELECT count(*) FROM ((SELECT ${list} FROM got EXCEPT ALL SELECT ${list} FROM wanted) UNION ALL (SELECT ${list} FROM wanted EXCEPT ALL SELECT ${list} FROM got))`,
      ]
    : query.violations;
  const order = "SELECT count(*) FROM got POSITIONAL JOIN (SELECT id AS place FROM wanted) WHERE id IS DISTINCT FROM place";
  const wrong: string[] = [];
  for (const sql of [...violations, ...(query.isOrdered && !isShuffled ? [order] : [])]) {
    const [row] = await database.rows(`SELECT n FROM (${sql}) AS counted(n)`);
    if (String(row?.["n"]) !== "0" && String(row?.["n"]) !== "false") wrong.push(`${String(row?.["n"])} = ${sql}`);
  }
  return wrong;
}

/** A query that keeps no row is refused. Then it must keep no row in DuckDB either. */
async function unlessEmpty(database: Database, layout: Layout, query: ModelQuery, stderr: string): Promise<string[]> {
  if (!/keeps? none of/.test(stderr)) return [`it failed: ${stderr}`];
  if (!query.isDetermined) return [];
  await database.run(`CREATE OR REPLACE VIEW metadata AS FROM ${layout.relation}`);
  for (const definition of query.definitions ?? []) await database.run(definition);
  const [row] = await database.rows(`SELECT count(*) AS n FROM (${query.select})`);
  return String(row?.["n"]) === "0" ? [] : [`${String(row?.["n"])} rows were refused: ${stderr}`];
}

/** Entries of an output beside its partitions and its record. */
async function leftOver(output: string, partitions: number): Promise<string[]> {
  const names = (await readdir(output)).sort().join();
  const parts = (await readdir(join(output, "partitions"))).length;
  return [
    ...(names === "partitions,selection.json" ? [] : [`the output holds ${names}`]),
    ...(parts === partitions ? [] : [`${parts} partitions instead of ${partitions}`]),
  ];
}
