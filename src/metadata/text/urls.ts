// Reads txt: a list without column names, one URL a line.
import type { Database } from "../../sql/database.ts";
import { formatFacts } from "../formats.ts";
import { readFiles } from "../read-files.ts";
import { firstLines, textLines, withoutReturn } from "./lines.ts";
import { TextPieces } from "./pieces.ts";
import type { ConversionWork, TextReader, TextSource } from "./reader.ts";
import { typedFields } from "./types.ts";

/** Reads the layout `urls`. */
export const URLS_READER: TextReader = {
  names: async (_database, path, format) => {
    // Fails for a file that is not text.
    await firstLines(path);
    return [formatFacts(format).onlyColumn ?? "url"];
  },
  select: async (database, source, work) => ({ sql: await selectUrls(database, source, work) }),
  schema: async (database, path) => ({
    columns: await database.columns(`SELECT * FROM ${readFiles([path], { unionByName: true, folderKeys: [] })}`),
  }),
  reading: async () => ({}),
};

async function selectUrls(database: Database, source: TextSource, { folder, skipped, signal }: ConversionWork): Promise<string> {
  const pieces = new TextPieces(database, [formatFacts(source.format).onlyColumn ?? "url"], folder);
  for await (const { lines } of textLines(source.path, skipped.add)) {
    signal.throwIfAborted();
    for (const line of lines) if (line !== undefined && line.trim() !== "") pieces.add([listedUrl(line)]);
    await pieces.spill();
  }
  return await typedFields(database, await pieces.end(), pieces.names, source.texts);
}

/** The URL of a line. Quotes around the whole line are removed, because a csv of one column has them. */
function listedUrl(line: string): string {
  const text = withoutReturn(line);
  return /^"(?:[^"]|"")*"$/.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}
