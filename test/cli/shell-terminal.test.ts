// `prep shell` on a real pseudo-terminal.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../support/cli/refusals.ts";
import { hasTerminal, TestTerminal } from "../support/cli/terminal.ts";
import { writeParquet } from "../support/parquet.ts";
import { PROGRAM } from "../support/run-prep.ts";

let folder: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  folder = await makeFolder();
  await writeParquet(
    join(folder.path, "meta.parquet"),
    `SELECT 'http://127.0.0.1:12345/a.jpg?' || i AS "URL", 'tab' || chr(9) || 'esc' || chr(27) || '[2J ' || i AS "TEXT", i::INTEGER AS "WIDTH",
      2 * i AS "HEIGHT", 0.1::FLOAT AS punsafe, i AS hash FROM range(100) r(i)`,
  );
});
afterAll(() => folder.remove());

describe.skipIf(!hasTerminal())("prep shell on a terminal", () => {
  it("prompts, completes, fits 60 columns, interrupts, remembers, and leaves on Ctrl-D", async () => {
    const command = [process.execPath, PROGRAM, "shell", "--metadata", join(folder.path, "meta.parquet"), "--quiet"];
    // The slow suite names a shell with PREP_DUCKDB, which is --duckdb for prep.
    const environment = { PREP_DUCKDB: "", XDG_STATE_HOME: join(folder.path, "state") };
    const first = new TestTerminal(command, environment, folder.path);
    const second: TestTerminal[] = [];
    try {
      await first.until("prep> ");
      first.type("SELECT capti\t");
      await first.until("caption");
      first.type(" || '山水' AS shown, url, width\r");
      await first.until("...> ");
      first.type("FROM metadata ORDER BY hash LIMIT 2;\r");
      const table = await first.until("(2 rows)");
      const rows = table.split(/\r?\n/).filter((line) => line.includes("│"));
      expect(rows).toHaveLength(4);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(60);
      expect(rows.join("\n")).toContain("…");
      await first.until("prep> ");

      first.type("SELECT sum(hash(a.i + b.i)) FROM range(10000000) a(i), range(10000000) b(i);\r");
      await first.until(/b\(i\);[\r\n]+/);
      // The statement runs once its echo is out; Ctrl-C works at any moment.
      first.type("\u0003");
      await first.until("error: interrupted");
      await first.until("prep> ");
      first.type("SELECT 40 +\u0003");
      await first.until("prep> ");
      first.type("SELECT 41 + 1 AS answer;\r");
      await first.until(/42\r?\n\(1 row\)/);
      await first.until("prep> ");
      first.type("SELECT 41\r");
      await first.until("...> ");
      first.type("+ 2 AS answer;\r");
      await first.until(/43\r?\n\(1 row\)/);
      await first.until("prep> ");
      // Up recalls the whole statement, which can be edited: + 25.
      first.type("\u001b[A");
      // Node 24 puts a bar before continued lines.
      await first.until(/SELECT 41\r?\n(\| )?\+ 2 AS answer;/);
      first.type("\u001b[D".repeat(" AS answer;".length));
      await first.until("\u001b[1D".repeat(" AS answer;".length));
      first.type("5");
      await first.until("25 AS answer;");
      first.type("\r");
      await first.until(/66\r?\n\(1 row\)/);
      await first.until("prep> ");
      first.type("quit;\r");
      expect(await first.exitCode).toBe(0);

      const again = new TestTerminal(command, environment, folder.path);
      second.push(again);
      await again.until("prep> ");
      // The statements that gave 66, 43 and 42, unchanged. Node 24 first moves up inside a statement.
      const rows66and43 = Number(process.versions.node.split(".")[0]) >= 24 ? 4 : 2;
      again.type(`${"\u001b[A".repeat(rows66and43 + 1)}\r`);
      await again.until(/42\r?\n\(1 row\)/);
      await again.until("prep> ");
      again.type("\u001b[A\u001b[A\r");
      await again.until(/66\r?\n\(1 row\)/);
      await again.until("prep> ");
      again.type("SELECT width FROM metadata;\r");
      await again.until("(40 of 100 rows; .mode csv shows all)");
      await again.until("prep> ");
      again.type("SELECT * FROM range(10000000000);\r");
      await again.until(/\(40 of at least [\d,]+ rows; /);
      await again.until("prep> ");
      again.type(".save asked\r");
      await again.until("what does it keep? ");
      again.type("The answer.\r");
      await again.until("saved queries/asked.sql");
      await again.until("prep> ");
      again.type("Exit\r");
      expect(await again.exitCode).toBe(0);
      expect(await readFile(join(folder.path, "state", "prep", "shell_history"), "utf8")).toMatch(
        /^SELECT 41 \+ 1 AS answer;\n"SELECT 41\\n\+ 2 AS answer;"\n"SELECT 41\\n\+ 25 AS answer;"\n/m,
      );
    } finally {
      first.close();
      for (const terminal of second) terminal.close();
    }
  });
});
