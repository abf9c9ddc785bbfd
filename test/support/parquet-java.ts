// Counts the rows of a parquet file that parquet-java, and so Spark, would read.
import { stat } from "node:fs/promises";
import { quoteText } from "../../src/sql/text.ts";
import { query } from "./output.ts";

/**
 * Counts the rows that parquet-java reads when it cuts the file into this many splits. It gives each row group to the
 * split that contains the middle of the group, as `filterFileMetaDataByMidpoint` does.
 */
export async function rowsReadByJava(path: string, splits = 1): Promise<number> {
  const { size } = await stat(path);
  const groups = await query(
    `SELECT row_group_id, any_value(row_group_num_rows) AS n, sum(total_compressed_size) AS bytes,
       any_value(least(data_page_offset, coalesce(dictionary_page_offset, data_page_offset))) FILTER (column_id = 0) AS first
     FROM parquet_metadata(${quoteText(path)}) GROUP BY ALL`,
  );
  let rows = 0;
  for (let split = 0; split < splits; split++) {
    const [start, end] = [Math.floor((size * split) / splits), Math.floor((size * (split + 1)) / splits)];
    for (const { n, bytes, first } of groups) {
      const middle = Number(first) + Math.floor(Number(bytes) / 2);
      if (middle >= start && middle < end) rows += Number(n);
    }
  }
  return rows;
}
