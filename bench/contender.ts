// Runs one side of a comparison in a folder of its own, empty before and removed after.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Contender } from "./rounds.ts";
import { BENCH_FOLDER } from "./surroundings.ts";

/** A side of a bench; `work` gets the folder. */
export function contender<T>(bench: string, name: string, work: (folder: string) => Promise<T>): Contender<T> {
  const folder = join(BENCH_FOLDER, "runs", `${bench}-${name}`);
  return {
    name,
    run: async () => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      try {
        return await work(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
