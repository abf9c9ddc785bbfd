// One verb on one output with foreign files inside, and everything that it does wrong.
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runPrepHere } from "../prep-here.ts";
import { type PrepResult, runPrep } from "../run-prep.ts";
import { entryPaths, type ForeignEntry, type Listing, listFolder, placeEntry } from "./entries.ts";
import { killAfterChange, NAMED_PATHS, type TriedOutputs } from "./outputs.ts";
import type { Allowed } from "./protocol-table.ts";

/** What one round does. */
export interface Round {
  /** A row in the table of verbs. */
  readonly verb: string;
  readonly state: string;
  readonly entries: readonly ForeignEntry[];
  /** The verb is killed after the k-th change of a name, in the main process unless a worker is named, and then started again. */
  readonly killed?: { readonly k: number; readonly role?: "worker" };
}

/** What a round found. */
export interface RoundReport {
  readonly faults: string[];
  readonly results: PrepResult[];
}

let rounds = 0;

/** Plays a round on a copy of the output. */
export async function playRound(outputs: TriedOutputs, { verb, state, entries, killed }: Round): Promise<RoundReport> {
  const root = outputs.at(`round-${rounds++}`);
  const [output, away] = [join(root, "out"), join(root, "away")];
  await mkdir(away, { recursive: true });
  await writeFile(join(away, "precious.txt"), "precious");
  await cp(outputs.at("states", state), output, { recursive: true });
  const foreign = new Set<string>();
  for (const entry of entries) {
    const isOwn = NAMED_PATHS[state]?.test(entry.path) || outputs.table.isOfPrep(entry.path);
    if (isOwn || !(await placeEntry(output, away, entry))) continue;
    for (const path of entryPaths(entry)) foreign.add(path);
  }
  const before = await listFolder(root);
  const faults: string[] = [];
  const results: PrepResult[] = [];
  const args = outputs.verbs[verb]?.args(output) ?? [];
  for (const kill of killed ? [killed, undefined] : [undefined]) {
    const result = kill ? await runPrep(args, { env: killAfterChange(output, ".", kill.k, kill.role) }) : await runPrepHere(args);
    results.push(result);
    const after = await listFolder(root);
    faults.push(...foreignFaults(before, after, foreign), ...refusalFaults(result));
    if (!killed) faults.push(...tableFaults(verb, outputs.table.verbs.get(verb), before, after, foreign));
  }
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
  const about = `${verb} on ${state}${killed ? `, killed: ${JSON.stringify(killed)}` : ""}`;
  return { faults: [...new Set(faults)].map((fault) => `${about}: ${fault}`), results };
}

/** Foreign entries that changed, and changes to what their links lead to. */
function foreignFaults(before: Listing, after: Listing, foreign: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  for (const [path, what] of before) {
    const isForeign = path.startsWith("away") || foreign.has(path.replace(/^out\//, ""));
    if (isForeign && after.get(path) !== what) faults.push(`${path} was ${what} and is ${after.get(path) ?? "gone"}`);
  }
  return faults;
}

/** An end that is neither a success, nor a kill, nor a refusal in words for people. */
function refusalFaults({ code, signal, stderr }: PrepResult): string[] {
  if (signal === "SIGKILL" || code === 0) return [];
  const isRefusal = code !== null && [3, 4, 5, 7].includes(code) && !/defect|\n {4}at /.test(stderr);
  return isRefusal ? [] : [`ended with ${signal ?? code}: ${stderr}`];
}

/** Names that were created, replaced or removed although the table does not say so. Folders come and go with their files. */
function tableFaults(verb: string, allowed: Allowed | undefined, before: Listing, after: Listing, foreign: ReadonlySet<string>): string[] {
  if (!allowed) return [`docs/protocol.md does not mention ${verb}`];
  const faults: string[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const name = path.replace(/^out\//, "");
    const [was, is] = [before.get(path), after.get(path)];
    if (was === is || foreign.has(name) || was === "folder" || is === "folder") continue;
    const [what, names] =
      was === undefined ? ["created", allowed.creates] : is === undefined ? ["removed", allowed.removes] : ["replaced", allowed.replaces];
    if (!names.some((pattern) => pattern.test(name))) faults.push(`${name} was ${what}, which docs/protocol.md does not allow`);
  }
  return faults;
}
