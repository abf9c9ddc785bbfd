// Starts `prep filter` as a process, and kills it at random moments.
import { type PrepResult, startPrep } from "../../run-prep.ts";
import type { Random } from "./random.ts";

/** When to kill: after a number of progress lines, of any phase or of one. */
export interface Kill {
  readonly phase: "any" | "count" | "shuffle" | "write" | "check";
  readonly lines: number;
  /** A delay, so that a kill may also come between two lines. */
  readonly delayMs: number;
}

/** A kill between two partitions in most cases, otherwise anywhere. */
export function someKill(random: Random, partitions: number): Kill {
  const phase = random.of(["any", "count", "shuffle", "write", "write", "write", "write", "write"] as const);
  const lines =
    phase === "write" ? random.between(1, Math.max(1, partitions - 1)) : random.between(1, phase === "any" ? partitions + 5 : 2);
  return { phase, lines, delayMs: random.chance(0.7) ? 0 : random.between(0, 40) };
}

/** Runs `prep` until it ends or is killed. The arguments must contain `--json`. */
export async function runUntilKilled(args: readonly string[], kill: Kill | undefined): Promise<PrepResult> {
  const running = startPrep(args);
  const end = kill && (kill.phase === "any" ? '"event":"selection_progress"' : `"phase":"${kill.phase}"`);
  let said = "";
  let isDue = false;
  running.process.stdout?.on("data", (text: string) => {
    said += text;
    if (!kill || end === undefined || isDue || said.split(end).length <= kill.lines) return;
    isDue = true;
    if (kill.delayMs === 0) running.process.kill("SIGKILL");
    else setTimeout(() => running.process.kill("SIGKILL"), kill.delayMs);
  });
  return await running.result;
}
