// Makes the footer of a file that joins copied row groups with a binary column of its own.
import { open } from "node:fs/promises";
import { type BinaryChunk, widenField, widenRowGroup } from "./add-column.ts";
import { readExactly } from "./footer-window.ts";
import { FILE, MAGIC, type ParquetFooter } from "./parquet-footer.ts";
import { WIRE } from "./thrift-reader.ts";
import { ThriftWriter } from "./thrift-writer.ts";

/** Returns the metadata of a file's only row group whose bytes move by `shift`, with the chunk as its first column. */
export async function wideRowGroup(source: ParquetFooter, shift: number, chunk: BinaryChunk): Promise<Uint8Array> {
  const [start = 0, end = 0] = source.groups.metadata;
  const file = await open(source.path, "r");
  try {
    const encoded = await readExactly(file, Buffer.alloc(end - start), start);
    const writer = new ThriftWriter();
    widenRowGroup(encoded, writer, shift, chunk);
    return new Uint8Array(writer.take());
  } finally {
    await file.close();
  }
}

/** Returns everything after the pages: the footer of `template` with a first column added to its schema, for these row groups. */
export function wideFooter(template: ParquetFooter, column: string, rows: number, groups: readonly Uint8Array[]): Uint8Array {
  const writer = new ThriftWriter();
  const ids = [...template.fields.map(({ id }) => id), FILE.rows, FILE.rowGroups].sort((left, right) => left - right);
  for (const id of ids) {
    if (id === FILE.rows) writer.integer(FILE.rows, WIRE.i64, rows);
    else if (id === FILE.rowGroups) {
      writer.list(FILE.rowGroups, WIRE.struct, groups.length);
      for (const group of groups) writer.raw(group);
    } else {
      const field = template.fields.find((other) => other.id === id);
      if (!field) continue;
      writer.field(id, field.type);
      writer.raw(widenField(field, column));
    }
  }
  writer.stop();
  const footer = writer.take();
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(footer.length, 0);
  tail.write(MAGIC, 4, "latin1");
  return Buffer.concat([footer, tail]);
}
