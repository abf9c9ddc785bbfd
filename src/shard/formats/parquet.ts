// Parquet shards: every input row with its outcome, and a column of pictures.
import type { ColumnType, Database } from "../../sql/database.ts";
import { parquetFiles, quoteName } from "../../sql/text.ts";
import { readBack } from "../../store/file-digest.ts";
import { type FieldValue, IMAGE_NAMES, type LoadedSample } from "../loaded-sample.ts";
import type { ExpectedFile, InspectedFile, InspectedSample, OutputFormat, StoredSample } from "../output-format.ts";
import { ParquetWriter } from "../parquet-writer.ts";

const ENDING = ".parquet";

/** Memory of DuckDB for one row group of pictures and its own needs. */
const DATABASE_BYTES = 500e6;

/** Shards as parquet files with the picture as a column; their rows are the sidecar's. */
export const parquet: OutputFormat = {
  ending: ENDING,
  isFolder: false,
  hasSidecar: false,
  hasMembers: false,
  needsTypes: false,
  isListedForOpenClip: false,
  addedColumns: (pictureName) => [pictureName],
  loadExpression: (output) => `datasets.load_dataset("parquet", data_files="${output}/*${ENDING}")`,

  packer:
    () =>
    (_, { extension, image }) => [{ extension, body: image }],

  async open({ name, path, pictureName, rows, sliceRows, diskWait }) {
    return new ParquetWriter({ name: name + ENDING, path: path(name + ENDING), imageColumn: pictureName, rows, sliceRows, diskWait });
  },

  load: readSamples,

  readStored: readPictures,

  salvage: readPictures,

  inspect: inspectParquet,
};

async function* readSamples(path: string): AsyncGenerator<LoadedSample> {
  const { Database } = await import("../../sql/database.ts");
  const database = await Database.open({ threads: 1, memoryLimitBytes: DATABASE_BYTES });
  try {
    const file = parquetFiles(path);
    const image = imageColumn(await database.columns(`SELECT * FROM ${file}`));
    if (image === undefined) return;
    for await (const row of database.stream(`SELECT * FROM ${file} WHERE ${quoteName(image)} IS NOT NULL`)) {
      const { [image]: body, ...fields } = row;
      if (!Buffer.isBuffer(body)) continue;
      const caption = fields["caption"];
      const members = new Map([[image, body]]);
      if (typeof caption === "string") members.set("txt", Buffer.from(caption));
      yield { key: String(fields["key"]), members, fields: fields as Readonly<Record<string, FieldValue>> };
    }
  } finally {
    database.close();
  }
}

/** The pictures alone: the writer takes captions from the rows. */
async function* readPictures(path: string): AsyncGenerator<StoredSample> {
  for await (const { key, members } of readSamples(path)) {
    const [picture] = members;
    if (picture) yield { key, entries: [{ extension: picture[0], body: picture[1] }] };
  }
}

/** Does not open a file that differs from what is expected: the damage is known, and native code need not parse it. */
async function inspectParquet(path: string, database: Database, { bytes, sha256 }: ExpectedFile): Promise<InspectedFile> {
  const file = await readBack(path);
  if (file.bytes !== (bytes ?? file.bytes) || file.sha256 !== (sha256 ?? file.sha256)) return file;
  try {
    return { ...file, samples: await rowsWithPicture(path, database) };
  } catch (error) {
    return { ...file, torn: error instanceof Error ? error.message : String(error) };
  }
}

async function rowsWithPicture(path: string, database: Database): Promise<InspectedSample[]> {
  const file = parquetFiles(path);
  const image = imageColumn(await database.columns(`SELECT * FROM ${file}`));
  if (image === undefined) return [];
  const rows = await database.rows(`SELECT key FROM ${file} WHERE ${quoteName(image)} IS NOT NULL`);
  return rows.map(({ key }) => ({ key: String(key), extensions: [image] }));
}

/** The column of pictures: the first one of our shards, the last one of img2dataset's; undefined for a sidecar. */
function imageColumn(columns: readonly ColumnType[]): string | undefined {
  return [columns[0], columns.at(-1)].find((column) => column?.type === "BLOB" && IMAGE_NAMES.has(column.name))?.name;
}
