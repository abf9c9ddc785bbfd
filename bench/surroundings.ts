// Where benches work and what they run on: paths, the state of the build, the machine.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";

/** The package's folder. */
export const PACKAGE = join(import.meta.dirname, "..");

/** Folder of everything that benches make. git ignores it, and it may be removed at any time. */
export const BENCH_FOLDER = join(PACKAGE, ".bench");

/** The command that is measured. */
export const PROGRAM = join(PACKAGE, "bin", "prep.js");

/** Facts without which a result cannot be judged. */
export interface Surroundings {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly load: number;
  readonly node: string;
  readonly prep: string;
  readonly commit: string;
}

/** Describes this machine and this build. */
export function surroundings(): Surroundings {
  const facts = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as { readonly version: string };
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    load: loadavg()[0] ?? 0,
    node: process.version,
    prep: facts.version,
    commit: commit(),
  };
}

/** Warns if `bin/prep.js` would run other code than `src/` holds, or if others are using the machine. */
export function warnOfSurroundings(): void {
  const built = statSync(join(PACKAGE, "dist", "cli", "main.js"), { throwIfNoEntry: false });
  if (!built) throw new Error("dist/ is not built: npm run build");
  const source = join(PACKAGE, "src");
  const newest = Math.max(
    ...(readdirSync(source, { recursive: true }) as string[])
      .filter((path) => path.endsWith(".ts"))
      .map((path) => statSync(join(source, path)).mtimeMs),
  );
  if (newest > built.mtimeMs) console.log("note: src/ has changed since dist/ was built; this measures the build (npm run build)");
  const load = loadavg()[0] ?? 0;
  if (load > 0.5) console.log(`note: load is ${load.toFixed(1)} before the start; ratios within a round mean more than times`);
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", PACKAGE, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return `${git("rev-parse", "--short", "HEAD").trim()}${git("status", "--porcelain", "src", "bin").trim() === "" ? "" : " with changes"}`;
  } catch {
    return "unknown";
  }
}
