// Generated rounds of verbs on outputs with foreign files, asked for with PREP_FOREIGN.
import { expect, it } from "vitest";
import { ENTRY_KINDS, similarNames } from "../support/foreign/entries.ts";
import { makeTriedOutputs, NAMED_PATHS } from "../support/foreign/outputs.ts";
import { playRound } from "../support/foreign/rounds.ts";
import { randomNumbers } from "../support/random.ts";

// PREP_FOREIGN=ROUNDS[:SEED]
const [ROUNDS = 0, SEED = 1] = (process.env["PREP_FOREIGN"] ?? "").split(":").map(Number);

it.skipIf(ROUNDS === 0)(
  "foreign files stay whatever verb meets them, in whatever state of the output, wherever it is killed",
  async () => {
    const outputs = await makeTriedOutputs();
    const next = randomNumbers(SEED);
    const choose = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
    const paths = [...new Set([...outputs.ownNames, ...outputs.ownNames.flatMap(similarNames)])];
    const faults: string[] = [];
    const ends = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const verb = choose(Object.keys(outputs.verbs));
      const state = choose(next() < 0.7 ? (outputs.verbs[verb]?.states ?? []) : Object.keys(NAMED_PATHS));
      const count = choose([1, 1, 2, 5, 40]);
      const entries = Array.from({ length: count }, () => ({ path: choose(paths), kind: choose(ENTRY_KINDS) }));
      const isKilled = next() < 0.35;
      // A task is itself a worker, and its parent is this process.
      const killed = {
        k: 1 + Math.floor(next() * choose([3, 6, 20])),
        ...(next() < 0.3 && verb !== "task" ? { role: "worker" as const } : {}),
      };
      const report = await playRound(outputs, { verb, state, entries, ...(isKilled ? { killed } : {}) });
      for (const { code, signal } of report.results) ends.set(String(signal ?? code), (ends.get(String(signal ?? code)) ?? 0) + 1);
      for (const fault of report.faults) faults.push(`round ${round}, ${JSON.stringify(entries)}: ${fault}`);
    }
    await outputs.close();
    console.info(`${ROUNDS} rounds of seed ${SEED} ended with ${JSON.stringify(Object.fromEntries(ends))}`);
    expect(faults).toEqual([]);
  },
  24 * 3_600_000,
);
