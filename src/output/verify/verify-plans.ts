// Checks the plans of an output, its start record and its converted inputs.
import { basename, join } from "node:path";
import { identityDigest } from "../../job/identity.ts";
import type { CommitRecord } from "../../store/commit-record.ts";
import { sealState } from "../../store/seal.ts";
import { storeAt } from "../../store/store-at.ts";
import { errorCode } from "../../store/system-errors.ts";
import { INPUTS, namesIn } from "../names/output-names.ts";
import { planFile, readPlanFile, type StoredPlan } from "../plans/download-plan.ts";
import { readStart, START_FILE } from "../records/start-record.ts";
import type { Findings } from "./findings.ts";

/** Returns the plans that are whole and reports the others. Throws if the names in `_prep` cannot be read. */
export async function verifyPlans(output: string, findings: Findings): Promise<StoredPlan[]> {
  const trusted: StoredPlan[] = [];
  // Names are listed first: in a folder that may not be entered, opening the next plan never says that there is none.
  const names = new Set(await namesIn(output, "_prep"));
  for (let number = 1; names.has(basename(planFile(number))); number++) {
    const file = planFile(number);
    const add = (text: string) => findings.add({ kind: "plan", file, text });
    try {
      const plan = await readPlanFile(output, file);
      if (!plan) break;
      if (plan.run === identityDigest(plan.identity)) trusted.push({ number, plan });
      else add("its identity does not match its run");
    } catch (error) {
      add(error instanceof Error ? error.message : String(error));
    }
  }
  await verifyStart(output, findings);
  await verifyInputs(output, findings);
  return trusted;
}

/** Checks the record of the command that made the output, which `prep continue` reads. */
async function verifyStart(output: string, findings: Findings): Promise<void> {
  await readStart(output).catch((error: unknown) => {
    findings.add({ kind: "start", file: START_FILE, text: error instanceof Error ? error.message : String(error) });
  });
}

/** Checks the parquet files that text inputs were converted into. */
async function verifyInputs(output: string, findings: Findings): Promise<void> {
  const store = storeAt(output);
  const names = await store.names(INPUTS).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  for (const name of names.filter((one) => one.endsWith(".json"))) {
    const file = join(INPUTS, name);
    const text = await store.readText(file);
    if (sealState(text) === "broken") {
      findings.add({ kind: "plan", file, text: "it is damaged: its text differs from what was written" });
      continue;
    }
    for (const input of (JSON.parse(text) as CommitRecord).files) {
      const seen = await store.digest(input.name).catch(() => undefined);
      const isAsRecorded = seen?.bytes === input.bytes && (input.sha256 === undefined || seen.sha256 === input.sha256);
      if (!isAsRecorded)
        findings.add({
          kind: "plan",
          file: input.name,
          text: seen ? "its bytes differ from its record" : "it is recorded but cannot be read",
        });
    }
  }
}
