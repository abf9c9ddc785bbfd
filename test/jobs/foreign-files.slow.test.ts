// Verbs on outputs with foreign files, which they keep, as docs/protocol.md promises.
import { mkdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namesIn } from "../support/cli/refusals.ts";
import { ENTRY_KINDS, type ForeignEntry, listFolder, placeEntry, similarNames } from "../support/foreign/entries.ts";
import { makeTriedOutputs, type TriedOutputs } from "../support/foreign/outputs.ts";
import { playRound, type Round } from "../support/foreign/rounds.ts";
import { startHubServer } from "../support/hub/hub-server.ts";
import { runPrepHere } from "../support/prep-here.ts";

let outputs: TriedOutputs;

beforeAll(async () => {
  outputs = await makeTriedOutputs();
});

afterAll(() => outputs.close());

/** Entries whose names resemble those of an output, in places that `prep` does not need. */
function harmlessEntries(): ForeignEntry[] {
  const { ownNames } = outputs;
  const paths = [...new Set(ownNames.flatMap(similarNames))].filter(
    (path) => !ownNames.includes(path) && !/^\d{5,}(\.\w+|_stats\.json(\.claim)?)?$/.test(path) && !/^(partitions|0000\d)\//.test(path),
  );
  return paths.map((path, index) => ({ path, kind: ENTRY_KINDS[index % ENTRY_KINDS.length] ?? "file" }));
}

describe("foreign files", () => {
  it("have a row in docs/protocol.md for every verb", async () => {
    const words = new Set([...outputs.table.verbs.keys()].map((row) => row.split(" ")[0]));
    const { VERBS } = await import("../../src/cli/verbs.ts");
    const own = VERBS.filter(({ load }) => load !== undefined).map(({ name }) => name);
    expect(own.filter((verb) => !words.has(verb))).toEqual([]);
  });

  it("stay when no verb needs their names, and every verb does its work", async () => {
    const entries = harmlessEntries();
    expect(entries.length).toBeGreaterThan(100);
    for (const [verb, { states }] of Object.entries(outputs.verbs)) {
      const [state = ""] = states;
      // A _prep that has nothing of prep in it is refused.
      const hasPrep = namesIn(outputs.at("states", state)).includes("_prep");
      const { faults, results } = await playRound(outputs, {
        verb,
        state,
        entries: entries.filter(({ path }) => hasPrep || !path.startsWith("_prep/")),
      });
      expect(faults).toEqual([]);
      // verify and its repair report damaged records and records that resemble those of prep.
      if (!verb.startsWith("verify")) expect([verb, results[0]?.code, results[0]?.stderr]).toEqual([verb, 0, expect.anything()]);
    }
  });

  it("stay under names that the output itself needs, or the verb is refused", async () => {
    const verbs = ["filter", "run", "download", "download --incremental-mode overwrite"];
    const names = [
      "selection.json",
      "partitions",
      "partitions/part-00000.parquet",
      "partitions/mine.txt",
      "_prep",
      "run.json",
      "sizes.json",
    ];
    const places = [...names, ".write-probe", "00000", "00000.tar", "00000.parquet", "00000_stats.json", "00777_stats.json"];
    let played = 0;
    // Two kinds of each name, each with another verb; the generated test has all combinations.
    for (const [index, path] of places.entries()) {
      for (const kind of [ENTRY_KINDS[index % 4], ENTRY_KINDS[(index + 1 + (index % 3)) % 4]]) {
        const verb = verbs[played++ % verbs.length] ?? "";
        expect((await playRound(outputs, { verb, state: "nothing", entries: [{ path, kind: kind ?? "file" }] })).faults).toEqual([]);
      }
    }
  });

  it("stay in folders of the output when an overwrite, a repair or a retry ends, is refused or is killed", async () => {
    const inside: ForeignEntry[] = ["00000/notes.txt", "00001/000010009.gif", "partitions/mine.txt"].map((path) => ({
      path,
      kind: "file",
    }));
    const overwrite = "download --incremental-mode overwrite";
    const last: ForeignEntry[] = [{ path: "00002/notes.txt", kind: "link" }, ...harmlessEntries()];
    const rounds: readonly Round[] = [
      { verb: overwrite, state: "files", entries: inside },
      { verb: overwrite, state: "whole", entries: inside.slice(2) },
      { verb: overwrite, state: "files", entries: last, killed: { k: 4 } },
      { verb: overwrite, state: "files", entries: last, killed: { k: 15 } },
      { verb: "verify --repair", state: "damaged", entries: inside },
      { verb: "retry", state: "files", entries: inside },
    ];
    for (const round of rounds) {
      const { faults, results } = await playRound(outputs, round);
      expect(faults).toEqual([]);
      expect(results[0]?.signal ?? "ended").toBe(round.killed ? "SIGKILL" : "ended");
    }
  });

  it("stay where the tables of a data set are fetched", async () => {
    const tables = new Map([
      ["train.parquet", Buffer.from("PAR1x")],
      ["data/more.parquet", Buffer.from("PAR1y")],
    ]);
    const hub = await startHubServer({ "mine/set": { commit: "c".repeat(40), files: tables } });
    try {
      const output = outputs.at("tables");
      const foreign = ["train.parquet.bak", ".prep-metadata.bak", "data/TRAIN.parquet", ".write-probe", "_prep/notes.txt", "notes.txt"];
      for (const path of foreign) await placeEntry(output, outputs.at(), { path, kind: "file" });
      const before = await listFolder(output);
      const env = { HF_ENDPOINT: hub.endpoint, HF_TOKEN: "" };
      const result = await runPrepHere(["metadata", "mine/set", "--output", output, "--quiet"], { env });
      const after = await listFolder(output);
      const changed = [...after.keys()].filter((path) => after.get(path) !== before.get(path) && after.get(path) !== "folder");
      const allowed = outputs.table.verbs.get("metadata")?.creates ?? [];
      expect([...before].filter(([path, what]) => after.get(path) !== what)).toEqual([]);
      expect(changed.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
      expect([result.code, result.stderr, changed.includes("train.parquet")]).toEqual([0, expect.anything(), true]);
    } finally {
      await hub.close();
    }
  });

  it.each(["metadata", "output"])("stay where a demo is to be kept: a folder named %s is refused", async (name) => {
    const folder = outputs.at(`demo-${name}`);
    await mkdir(outputs.at(`demo-${name}`, name), { recursive: true });
    expect((await runPrepHere(["demo", "--keep", folder])).stderr).toContain(`${name} exists, and the demo makes a folder of that name`);
    expect(namesIn(folder)).toEqual([name]);
  });
});
