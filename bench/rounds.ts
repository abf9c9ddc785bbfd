// Runs the sides of a bench in turns, so that a slow minute of the machine falls on all of them.

/** One side of a comparison. */
export interface Contender<T> {
  readonly name: string;
  run(round: number): Promise<T>;
}

/** The runs of each side by its name, in the order of the rounds. */
export type Rounds<T> = ReadonlyMap<string, readonly T[]>;

/** Runs every side once in each round; each round starts with another one. `describe` is printed after every run. */
export async function interleave<T>(contenders: readonly Contender<T>[], rounds: number, describe: (run: T) => string): Promise<Rounds<T>> {
  const runs = new Map<string, T[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const contender = contenders[(round + turn) % contenders.length];
      if (!contender) continue;
      const run = await contender.run(round);
      runs.get(contender.name)?.push(run);
      console.log(`  round ${round + 1}, ${contender.name}: ${describe(run)}`);
    }
  }
  return runs;
}
