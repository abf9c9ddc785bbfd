// The history of the shell: whole statements, each once, newest first, kept in a file.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { HISTORY_ENTRIES, openHistory } from "../../src/cli/shell/history.ts";
import { withFolder } from "../support/parquet.ts";

it("entries of several lines come back unchanged, beside lines kept by an older version", () =>
  withFolder(async (folder) => {
    const path = join(folder, "state", "history");
    const { keep } = await openHistory(path);
    const typed = ["SELECT 1;", "SELECT 2\nFROM t;", '"quoted"', "SELECT 'a\\n';", "SELECT 1;", "  ", 'SELECT "x"\n\n;'];
    for (const entry of typed) keep(entry);
    expect((await openHistory(path)).entries).toEqual(['SELECT "x"\n\n;', "SELECT 1;", "SELECT 'a\\n';", '"quoted"', "SELECT 2\nFROM t;"]);
    await writeFile(path, `older line;\n"no JSON\n${"x;\n".repeat(3)}${await readFile(path, "utf8")}`);
    const { entries } = await openHistory(path);
    expect(entries.slice(-3)).toEqual(["x;", '"no JSON', "older line;"]);
    for (let index = 0; index < HISTORY_ENTRIES + 5; index += 1) keep(`SELECT ${index}`);
    expect((await openHistory(path)).entries).toHaveLength(HISTORY_ENTRIES);
  }));

it("entries last until the shell ends if the file cannot be written", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "file"), "");
    const { entries, keep } = await openHistory(join(folder, "file", "history"));
    keep("SELECT 1;");
    expect(entries).toEqual(["SELECT 1;"]);
  }));
