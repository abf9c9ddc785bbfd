// Shards become samples again: the rows of a parquet shard that have an image.
import { type ColumnType, Database } from "../sql/database.ts";
import { parquetFiles, quoteName } from "../sql/text.ts";
import { type FieldValue, IMAGE_NAMES, type LoadedSample } from "./loaded-sample.ts";

/** A row group of images, and what DuckDB needs besides. */
const DATABASE_BYTES = 500e6;

/** The samples of one file in order, a row group in memory at a time; none where no column holds images. */
export async function* readParquetShard(path: string): AsyncGenerator<LoadedSample> {
  const database = await Database.open({ threads: 1, memoryLimitBytes: DATABASE_BYTES });
  try {
    const file = parquetFiles(path);
    const columns = await database.columns(`SELECT * FROM ${file}`);
    const image = imageColumn(columns);
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

/** Which column of a parquet shard holds the images: the first one, or the last in shards of img2dataset; undefined where neither does. */
export function imageColumn(columns: readonly ColumnType[]): string | undefined {
  return [columns[0], columns.at(-1)].find((column) => column?.type === "BLOB" && IMAGE_NAMES.has(column.name))?.name;
}
