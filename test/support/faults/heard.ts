// A running `prep` whose words are read while it says them.
import { type PrepResult, startPrep } from "../run-prep.ts";

/** A run that is listened to. */
export interface HeardPrep {
  readonly result: Promise<PrepResult>;
  /** What it has said on stderr so far. */
  heard(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when this holds; throws where the run ends before. */
  until(holds: () => boolean): Promise<void>;
}

/** Starts `prep` with these arguments. */
export function runningPrep(args: readonly string[], env: Record<string, string> = {}): HeardPrep {
  const { process: child, result } = startPrep(args, { env });
  let text = "";
  child.stderr?.on("data", (piece: string) => {
    text += piece;
  });
  return {
    result,
    heard: () => text,
    kill: (signal) => void child.kill(signal),
    until: async (holds) => {
      while (!holds()) {
        if (child.exitCode !== null || child.signalCode !== null) {
          if (holds()) return;
          throw new Error(`it ended (${child.signalCode ?? child.exitCode}) before: ${text}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
