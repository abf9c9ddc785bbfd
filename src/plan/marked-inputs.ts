// Recognises partitions of prep among the inputs of a download.

import { type PartitionMark, readMarks } from "../metadata/columns/partition-mark.ts";
import { findInputFiles } from "../metadata/find/download-files.ts";
import { type InputFormat, isTextFormat } from "../metadata/formats.ts";
import { Database } from "../sql/database.ts";
import { asRunError } from "../sql/errors.ts";

/** The mark of the first file if all files have one; undefined otherwise. Throws InputError for a file that cannot be found or read. */
export async function markOfInputs(inputs: readonly string[], format: InputFormat | undefined): Promise<PartitionMark | undefined> {
  const { files } = await findInputFiles(inputs, format);
  const [first] = files;
  if (!first || files.some((file) => isTextFormat(file.format))) return undefined;
  const database = await Database.open({ threads: 2, memoryLimitBytes: 1e9 });
  try {
    // Lists may have many files without marks. One footer is enough to see that.
    const mark = (await readMarks(database, [first])).get(first.path);
    if (!mark || files.length === 1) return mark;
    return (await readMarks(database, files)).size === files.length ? mark : undefined;
  } catch (error) {
    throw asRunError(error, "reading the input");
  } finally {
    database.close();
  }
}
