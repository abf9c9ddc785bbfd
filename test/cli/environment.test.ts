// Options from environment variables: flags, lists, and misspelled names.
import { join } from "node:path";
import { Command } from "commander";
import { expect, it } from "vitest";
import { addOptions, applyEnvironment } from "../../src/cli/options/commander-options.ts";
import { query, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";

it("a flag that the environment calls false is off, one that it calls true is on, and anything else is refused", () =>
  withFolder(async (folder) => {
    const list = await writeParquet(join(folder, "in.parquet"), "SELECT 'http://127.0.0.1:9443/a.jpg' AS url");
    const outcome = async (value: string) => {
      const output = join(folder, value);
      const result = await runPrepHere(["download", list, "--output", output, "--quiet"], { env: { PREP_ALLOW_PRIVATE_NETWORK: value } });
      // A download of refused rows only ends with 6.
      return result.code === 0 || result.code === 6 ? (await sidecarRows(output))[0]?.["outcome"] : result.stderr;
    };
    expect(await outcome("false")).toBe("blocked_address");
    expect(await outcome("0")).toBe("blocked_address");
    expect(await outcome("true")).toBe("connect_refused");
    expect(await outcome("perhaps")).toContain("PREP_ALLOW_PRIVATE_NETWORK=perhaps is neither true nor false");
  }));

it("a misspelled variable gets a notice, unless --json is given", async () => {
  const run = async (...more: string[]) =>
    (await runPrepHere(["queries", "safe", ...more], { env: { PREP_IMAGE_SIZ: "384", PREP_JSN: "1", PREP_OTHERS: "x" } })).stderr;
  expect(await run()).toBe(
    ["IMAGE_SIZ", "JSN"]
      .map(
        (name, index) =>
          `notice: PREP_${name} is no variable of prep and has no effect: did you mean PREP_${["IMAGE_SIZE", "JSON"][index]}?\n`,
      )
      .join(""),
  );
  expect(await run("--json")).toBe("");
});

it("a list in the environment is one value or a bracketed list, and the command line overrides it", () =>
  withFolder(async (folder) => {
    const metadata = await writeParquet(join(folder, "m.parquet"), "SELECT 'u' || i AS url, i AS a FROM range(10) r(i)");
    const sql = "SELECT * FROM metadata WHERE a >= coalesce(getvariable('low'), 0) AND a < coalesce(getvariable('high'), 100)";
    const kept = async (name: string, args: readonly string[]) => {
      const output = join(folder, name);
      const result = await runPrepHere(["filter", sql, "--metadata", metadata, "--output", output, "--quiet", ...args], {
        env: { PREP_SET: '["low=2", "high=6"]', PREP_SHUFFLE: "false" },
      });
      expect(result.code).toBe(0);
      return (await query(`SELECT a FROM '${output}/partitions/*.parquet'`)).map(({ a }) => Number(a));
    };
    expect(await kept("env", [])).toEqual([2, 3, 4, 5]);
    expect(await kept("argv", ["--set", "low=8"])).toEqual([8, 9]);
  }));

it("no variable repairs, only lists, or chooses a run: it would change every later command", () => {
  const environment = { PREP_REPAIR: "1", PREP_DRY_RUN: "1", PREP_QUIET: "1" };
  for (const verb of ["verify", "clean"]) {
    const command = new Command();
    addOptions(command, verb);
    applyEnvironment(command, verb, environment);
    expect(command.opts()).toMatchObject({ quiet: true });
    expect(command.getOptionValue(verb === "verify" ? "repair" : "dryRun")).toBeUndefined();
    expect(command.options.filter(({ envVar }) => /^PREP_(RUN|INDEX)$/.test(envVar ?? ""))).toEqual([]);
  }
});
