// Selections that another version of DuckDB began or finished.
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunEvent } from "../../src/job/events.ts";
import { sealedText } from "../../src/store/seal.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { partitionDigests, recordOf, selectInto } from "../support/selection/selected.ts";

const QUERY = "SELECT * FROM metadata";

/** Notices that say that a selection begins again. */
function begunAnew(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.event === "notice" && event.text.includes("begins again") ? [event.text] : []));
}

it("another version begins an unfinished selection again and says so", () =>
  withFolder(async (folder) => {
    const input = await writeParquet(join(folder, "m.parquet"), "SELECT 'http://a.test/' || i AS url, i FROM range(3000) r(i)");
    const undisturbed = join(folder, "undisturbed");
    const { selection, versions } = await selectInto(undisturbed, QUERY, [input]);
    // The same number of rows in another order, as another version may have left it.
    await selectInto(join(folder, "strange"), QUERY, [input], { seed: "1" });
    for (const version of ["v0.0.1", String(versions["duckdb"])]) {
      const output = join(folder, version);
      const work = join(output, "_prep", "work", `${selection}.duckdb-${version}.order-0`, "partitions");
      await mkdir(work, { recursive: true });
      await copyFile(join(folder, "strange", "partitions", "part-00000.parquet"), join(work, "part-00000.parquet"));
      const events: RunEvent[] = [];
      await selectInto(output, QUERY, [input], { emit: (event) => events.push(event) });
      expect(begunAnew(events)).toHaveLength(1);
      expect(await partitionDigests(output)).toEqual(await partitionDigests(undisturbed));
      expect((await readdir(output)).sort()).toEqual(["partitions", "selection.json"]);
    }
  }));

it("another version leaves a finished selection as it is", () =>
  withFolder(async (folder) => {
    const input = await writeParquet(join(folder, "m.parquet"), "SELECT 'http://a.test/' || i AS url, i FROM range(3000) r(i)");
    const output = join(folder, "out");
    const record = await selectInto(output, QUERY, [input]);
    const digests = await partitionDigests(output);
    const older = { ...record, versions: { ...record.versions, duckdb: "v0.0.1" } };
    await writeFile(join(output, "selection.json"), sealedText(older));
    const text = await readFile(join(output, "selection.json"), "utf8");
    const events: RunEvent[] = [];
    await selectInto(output, QUERY, [input], { emit: (event) => events.push(event) });
    expect(events).toContainEqual(expect.objectContaining({ event: "selection_finished", isResumed: true }));
    expect(begunAnew(events)).toEqual([]);
    expect(await readFile(join(output, "selection.json"), "utf8")).toBe(text);
    expect(await partitionDigests(output)).toEqual(digests);
    expect((await recordOf(output)).versions["duckdb"]).toBe("v0.0.1");
  }));
