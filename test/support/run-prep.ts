// Starts bin/prep.js in a process of its own and collects what it prints.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The program that a user starts. */
export const PROGRAM = fileURLToPath(new URL("../../bin/prep.js", import.meta.url));

/** How a `prep` ended. */
export interface PrepResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `prep`. */
export interface RunningPrep {
  readonly process: ChildProcess;
  readonly result: Promise<PrepResult>;
  /** What it has written to stderr so far. */
  stderrSoFar(): string;
  /** Resolves when the condition holds; throws if the process ends before. */
  until(condition: () => boolean): Promise<void>;
}

/** Where and with which further environment variables `prep` runs. */
export interface PrepOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `prep` with these arguments. */
export function startPrep(args: readonly string[], options: PrepOptions = {}): RunningPrep {
  return collectOutput(
    spawn(process.execPath, [PROGRAM, ...args], {
      cwd: options.cwd ?? process.cwd(),
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

/** Runs `prep` to its end. */
export async function runPrep(args: readonly string[], options: PrepOptions = {}): Promise<PrepResult> {
  return await startPrep(args, options).result;
}

/** Collects what a process prints; its result comes when every process that has its streams is gone. */
export function collectOutput(child: ChildProcess): RunningPrep {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const result = new Promise<PrepResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...texts }));
  });
  return {
    process: child,
    result,
    stderrSoFar: () => texts.stderr,
    until: async (condition) => {
      while (!condition()) {
        if (child.exitCode !== null || child.signalCode !== null) {
          if (condition()) return;
          throw new Error(`prep ended early (${child.signalCode ?? child.exitCode}): ${texts.stderr}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

/** How the process ended, in words for a failed test. */
export function ending({ code, signal, stderr }: PrepResult): string {
  return `${signal ?? code}${stderr ? `: ${stderr}` : ""}`;
}
