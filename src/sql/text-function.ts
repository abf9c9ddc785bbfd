// Defines a JavaScript function from text to text that SQL can call.
import { type DuckDBConnection, DuckDBScalarFunction, VARCHAR } from "@duckdb/node-api";

/**
 * Defines a function of one text for all connections of a database; NULL gives NULL. It runs on the main thread, about 600,000 times a
 * second, so SQL should call it for few rows. It must not throw.
 */
export function defineTextFunction(connection: DuckDBConnection, name: string, map: (text: string) => string | null): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name,
      parameterTypes: [VARCHAR],
      returnType: VARCHAR,
      mainFunction: (_info, rows, results) => {
        const texts = rows.getColumnVector(0);
        for (let row = 0; row < rows.rowCount; row++) {
          const text = texts.getItem(row);
          results.setItem(row, typeof text === "string" ? map(text) : null);
        }
        results.flush();
      },
    }),
  );
}
