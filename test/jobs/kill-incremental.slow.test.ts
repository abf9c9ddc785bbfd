// Downloads that extend or overwrite an output and are killed on the way.
import { expect, it } from "vitest";
import { namesIn } from "../support/cli/refusals.ts";
import { faultsOf } from "../support/output.ts";
import { startPrep } from "../support/run-prep.ts";
import { at, download, downloadArgs, EXTEND, OVERWRITE, rowsIn, rowsOf, server, serveTwoLists, tarsIn } from "../support/two-lists.ts";

/** Starts `prep` and kills it when the output has this many records. */
async function killAtRecords(records: number, words: readonly string[], output: string): Promise<void> {
  const { process, result } = startPrep(words);
  while (namesIn(at(output)).filter((name) => name.endsWith("_stats.json")).length < records && process.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 2));
  process.kill("SIGKILL");
  await result;
}

serveTwoLists();

it("a killed run that extends continues with its own command, and so does the killed run before it", async () => {
  await killAtRecords(1, downloadArgs("second", "killed"), "killed");
  await killAtRecords(6, downloadArgs("first", "killed", ...EXTEND), "killed");
  await download("first", "killed", ...EXTEND);
  await download("second", "killed");
  expect(await faultsOf(at("killed"), 67)).toEqual([]);
  expect(await rowsIn("killed")).toEqual([...rowsOf("second"), ...rowsOf("first")]);
});

it("a killed run that overwrites leaves the old output or the new run, and the same command completes it", async () => {
  const isRemoving = () => namesIn(at("torn", "_prep")).some((name) => name.startsWith("overwrit"));
  const hasDecided = () => isRemoving() || tarsIn("torn").length < 3;
  for (const moment of ["at the decision", "in the download"]) {
    await download("first", "torn", ...(moment === "at the decision" ? [] : OVERWRITE));
    const { process, result } = startPrep(downloadArgs("second", "torn", ...OVERWRITE));
    while (!hasDecided()) await new Promise((resolve) => setImmediate(resolve));
    const isEarly = () => isRemoving() || tarsIn("torn").length < 2;
    while (moment === "in the download" && isEarly()) await new Promise((resolve) => setTimeout(resolve, 1));
    process.kill("SIGKILL");
    await result;
    const shown = namesIn(at("torn")).filter((name) => name.endsWith("_stats.json")).length;
    const requests = server.requests();
    await download("second", "torn", ...OVERWRITE);
    if (moment === "in the download" && shown < 5) expect(server.requests() - requests).toBeLessThan(42);
    expect(await faultsOf(at("torn"), 42)).toEqual([]);
    expect(await rowsIn("torn")).toEqual(rowsOf("second"));
  }
});
