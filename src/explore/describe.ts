// Profiles metadata: columns, numbers, hosts, data set, and warnings.
import { plural } from "../core/units.ts";
import { createFunctions } from "../functions/create-functions.ts";
import type { Resources, RunEffects, SelectionConfig } from "../job/config.ts";
import { createMetadataView, describeResolution } from "../metadata/columns/view.ts";
import type { MetadataFile } from "../metadata/find/find-files.ts";
import { findMetadataFiles } from "../metadata/find/metadata-files.ts";
import { isTextFile } from "../metadata/formats.ts";
import { asInputError } from "../metadata/input-errors.ts";
import type { Profile } from "../profile/profile.ts";
import { readProfile } from "../profile/read-profile.ts";
import { Database } from "../sql/database.ts";
import { asRunError } from "../sql/errors.ts";
import { interruptible } from "../sql/interruptible.ts";
import { inPrivateFolder } from "../store/private-folder.ts";

export type { Profile, ProfiledNumber, Share } from "../profile/profile.ts";
export { QUANTILES } from "../profile/profile.ts";

/** A low guess at the bytes of a row of text: it makes the sample smaller rather than larger. */
const LEAST_ROW_BYTES = 40;

/** A profile, and facts about its files and data set. */
export interface Description extends Profile {
  readonly files: number;
  readonly bytes: number;
  /** Known data sets, recognised by columns and file names; may be empty. */
  readonly datasets: readonly string[];
  /** The source column of each canonical name, as lines. */
  readonly resolution: readonly string[];
  /** Warnings, one sentence each. */
  readonly notices: readonly string[];
}

/** Reads all rows once. Throws InputError for bad paths and files, OutputError if memory does not suffice. */
export async function describeMetadata(
  config: Pick<SelectionConfig, "metadata" | "swappedSizes">,
  resources: Resources,
  effects: Pick<RunEffects, "signal">,
): Promise<Description> {
  const files = await findMetadataFiles(config.metadata);
  return await inPrivateFolder("describe", resources.tempDirectory, (tempDirectory) =>
    describeFiles(files, config, { ...resources, tempDirectory }, effects),
  );
}

async function describeFiles(
  files: readonly MetadataFile[],
  config: Pick<SelectionConfig, "swappedSizes">,
  { threads, memoryLimitBytes, tempDirectory }: Resources & { tempDirectory: string },
  effects: Pick<RunEffects, "signal">,
): Promise<Description> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const database = await Database.open({ threads, memoryLimitBytes, tempDirectory });
  try {
    return await interruptible([database], effects.signal, () => describeIn(database, files, bytes, config, tempDirectory));
  } finally {
    database.close();
  }
}

async function describeIn(
  database: Database,
  files: readonly MetadataFile[],
  bytes: number,
  config: Pick<SelectionConfig, "swappedSizes">,
  tempDirectory: string,
): Promise<Description> {
  try {
    const view = await createMetadataView(database, files, { swappedSizes: config.swappedSizes, folder: tempDirectory });
    await createFunctions(database);
    const aliases = new Set(view.aliases.map(({ name }) => name.toLowerCase()));
    const profile = await readProfile(
      database,
      view.columns.filter(({ name }) => !aliases.has(name.toLowerCase())),
      await expectedRows(database, files, bytes),
    );
    return {
      files: files.length,
      bytes,
      datasets: view.datasets,
      resolution: describeResolution(view),
      notices: [
        ...(view.datasets.length === 0 ? ["these columns belong to no known data set"] : []),
        ...view.notices,
        ...warnings(profile),
      ],
      ...profile,
    };
  } catch (error) {
    throw asRunError(await asInputError(error, files), "reading the metadata");
  }
}

/** The rows that parquet files record; for text files, the most that their bytes can hold. */
async function expectedRows(database: Database, files: readonly { readonly path: string }[], bytes: number): Promise<number> {
  if (files.some(({ path }) => isTextFile(path))) return Math.ceil(bytes / LEAST_ROW_BYTES);
  const [row] = await database.rows("SELECT count(*) AS rows FROM metadata");
  return Number(row?.["rows"]);
}

/** What a user should know before writing a condition. */
function warnings(profile: Profile): string[] {
  const share = (count: number) => roughShare(count, profile.rows);
  const column = (name: string) => profile.columns.find((candidate) => candidate.name === name);
  const notices: string[] = [];
  if (profile.rows === 0) return ["there are no rows"];
  for (const name of ["url", "caption", "width", "punsafe"]) {
    if (!column(name)) notices.push(`there is no ${name}${name === "punsafe" ? ": nothing here marks unsafe pictures" : ""}`);
  }
  for (const name of ["punsafe", "pwatermark", "aesthetic", "similarity", "caption"]) {
    const nulls = column(name)?.nulls ?? 0;
    if (nulls > 0) notices.push(`${name} is NULL in ${share(nulls)} of the rows; a comparison drops these rows`);
  }
  const sizes = profile.numbers.filter(({ name, unusable }) => /^(width|height)$/.test(name) && unusable > 0);
  for (const { name, unusable } of sizes)
    notices.push(`${name} is zero or not a number in ${share(unusable)} of the rows, which means unknown`);
  const urls = profile.rows - (column("url")?.nulls ?? profile.rows);
  if (profile.distinctUrls !== null && urls > 0 && profile.distinctUrls < 0.97 * urls) {
    notices.push(`about ${share(urls - profile.distinctUrls)} of the rows repeat a URL; the query dedup-url keeps one of each`);
  }
  if (profile.otherSchemes)
    notices.push(`${plural(profile.otherSchemes, "URL is", "URLs are")} neither http nor https and will not be fetched`);
  return notices;
}

/** A percentage with two digits. It says neither 0 nor 100 % unless that is exact. */
function roughShare(part: number, whole: number): string {
  const percentage = (100 * part) / whole;
  if (percentage < 0.01) return "less than 0.01 %";
  return percentage > 99 && part < whole ? "more than 99 %" : `${Number(percentage.toPrecision(2))} %`;
}
