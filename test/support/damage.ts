// Damages files of an output, one byte or one truncation at a time, and lets prep verify look.
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type VerifyReport, verifyOutput } from "../../src/output/verify/verify-output.ts";
import { randomNumbers } from "./random.ts";

/** Runs `prep verify` on an output in this process. */
export async function verified(output: string): Promise<VerifyReport> {
  return await verifyOutput(output, {
    now: Date.now,
    signal: new AbortController().signal,
    onFinding: () => undefined,
    onProgress: () => undefined,
  });
}

/** Files of an output whose bytes are recorded or follow from records: all but the settings of the last start. */
export async function recordedFiles(output: string): Promise<string[]> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((path) => !path.endsWith("settings.json")).sort();
}

/** Damages this many random places of an output, one after the other; returns the damages that `prep verify` missed. */
export async function unseenDamages(output: string, count: number, seed: number): Promise<string[]> {
  const random = randomNumbers(seed);
  const files = await recordedFiles(output);
  const unseen: string[] = [];
  for (let damage = 0; damage < count; damage++) {
    const path = files[Math.floor(random() * files.length)] ?? "";
    const whole = await readFile(path);
    const place = Math.floor(random() * whole.length);
    const isCut = random() < 0.25;
    if (isCut) await truncate(path, place);
    else {
      const flipped = Buffer.from(whole);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << Math.floor(random() * 8));
      await writeFile(path, flipped);
    }
    const found = await verified(output).then(
      (report) => report.damage + report.unfinished,
      () => 1,
    );
    if (found === 0) unseen.push(`${path} ${isCut ? "cut at" : "flipped at"} ${place}`);
    await rm(path);
    await writeFile(path, whole);
  }
  return unseen;
}
