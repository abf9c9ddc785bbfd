// Runs prep and img2dataset with the same arguments.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { runPrep } from "../run-prep.ts";
import { type CompareRun, sharedArguments } from "./job.ts";

/** Runs `prep download`; throws its error text if it fails. */
export async function runOurs(run: CompareRun, list: string, output: string): Promise<void> {
  // The server is on this machine, which img2dataset does not refuse.
  const args = ["download", ...sharedArguments(run, list, output), "--allow-private-network", "--robots=ignore", "--quiet"];
  const { code, stderr } = await runPrep(args);
  if (code !== 0) throw new Error(`prep ended with ${code}: ${stderr}`);
}

/** Runs img2dataset with a Python that has it; throws its output if it fails. */
export async function runPeer(python: string, run: CompareRun, list: string, output: string): Promise<void> {
  const args = [join(python, "..", "img2dataset"), ...sharedArguments(run, list, output)];
  const child = spawn(python, args, {
    // Without this every process asks a package registry for a newer version.
    env: { ...process.env, NO_ALBUMENTATIONS_UPDATE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-4000);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  // It ends with 0 except for an unknown option.
  if (code !== 0) throw new Error(`img2dataset ended with ${code}: ${words}`);
}
