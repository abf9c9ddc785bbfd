// Whether the inputs of a download are partitions of ours, wherever they lie.

import { type PartitionMark, readMarks } from "../metadata/columns/partition-mark.ts";
import { findInputFiles } from "../metadata/find/download-files.ts";
import { type InputFormat, isTextFormat } from "../metadata/formats.ts";
import { Database } from "../sql/database.ts";
import { asRunError } from "../sql/errors.ts";

/** The mark of the first file where every file bears one; throws InputError for what cannot be found or read. */
export async function markOfInputs(inputs: readonly string[], format: InputFormat | undefined): Promise<PartitionMark | undefined> {
  const { files } = await findInputFiles(inputs, format);
  const [first] = files;
  if (!first || files.some((file) => isTextFormat(file.format))) return undefined;
  const database = await Database.open({ threads: 2, memoryLimitBytes: 1e9 });
  try {
    // Lists have many files and no marks: one footer tells.
    const mark = (await readMarks(database, [first])).get(first.path);
    if (!mark || files.length === 1) return mark;
    return (await readMarks(database, files)).size === files.length ? mark : undefined;
  } catch (error) {
    throw asRunError(error, "reading the input");
  } finally {
    database.close();
  }
}
