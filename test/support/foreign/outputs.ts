// One output of each kind, and the verbs that are tried on them with foreign files inside.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { makeFolder } from "../cli/refusals.ts";
import { faultEnvironment } from "../faults/fault.ts";
import { startScriptedServer } from "../fetch/scripted-server.ts";
import { writeParquet } from "../parquet.ts";
import { runPrepHere } from "../prep-here.ts";
import { runPrep } from "../run-prep.ts";
import { paintPicture } from "../transform/painted-picture.ts";
import { listFolder } from "./entries.ts";
import { type ProtocolTable, readProtocolTable } from "./protocol-table.ts";

const DOWNLOAD = ["--allow-private-network", "--retries", "0", "--number-sample-per-shard", "2", "--quiet"];
const QUERY = "SELECT * FROM metadata WHERE url IS NOT NULL";

const NOTHING = /^$/;
const SELECTION = /^(selection\.json|partitions(\/part-0000[01]\.parquet)?)$/;
const SHARDS = /^(0000[0-2](\.tar|\.parquet|_stats\.json(\.claim)?)|run\.json|sizes\.json)$/;
const FILES = /^(0000[0-2](\/0000\d+\.(jpg|json|txt)|\.parquet|_stats\.json(\.claim)?)?|run\.json|sizes\.json)$/;
const SELECTION_AND_SHARDS = new RegExp(`${SELECTION.source}|${SHARDS.source}`);

/** The plans and records of an output in each state name these paths, whether they exist or not. */
export const NAMED_PATHS: Readonly<Record<string, RegExp>> = {
  nothing: NOTHING,
  filtered: SELECTION,
  downloaded: SHARDS,
  files: FILES,
  whole: SELECTION_AND_SHARDS,
  planned: SHARDS,
  damaged: FILES,
  torn: SHARDS,
};

/** A verb that is tried: its arguments for an output, and the states of outputs that it is tried on, the plainest first. */
export interface TriedVerb {
  readonly states: readonly string[];
  readonly args: (output: string) => string[];
}

/** Outputs in every state, and what may happen to them. */
export interface TriedOutputs {
  /** A path in the folder that has the outputs in `states/`. */
  at(...names: string[]): string;
  /** Verbs by their row in the table of `docs/protocol.md`. */
  readonly verbs: Readonly<Record<string, TriedVerb>>;
  readonly table: ProtocolTable;
  /** Every name that an output has in any state. */
  readonly ownNames: readonly string[];
  close(): Promise<void>;
}

/** Makes an output in each state; the caller closes them. */
export async function makeTriedOutputs(): Promise<TriedOutputs> {
  const folder = await makeFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  const server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(40, 30) }, "/busy.jpg": { status: 503 } });
  for (const [name, rows] of [
    ["list", 6],
    ["more", 4],
  ] as const) {
    await writeParquet(
      at(`${name}.parquet`),
      `SELECT '${server.url("")}' || if(i = 1, '/busy.jpg', '/a.jpg') || '?${name}' || i AS url, 'c' AS caption FROM range(${rows}) r(i)`,
    );
  }
  const verbs = triedVerbs(at("list.parquet"), at("more.parquet"));
  const ownNames = new Set(["_prep/work", "_prep/inputs", "00000_stats.json.claim", ".write-probe", "00000.tfrecord", "plan.json"]);
  for (const state of Object.keys(NAMED_PATHS)) {
    await mkdir(at("states"), { recursive: true });
    await makeState(state, at("states", state), at("list.parquet"));
    for (const path of (await listFolder(at("states", state))).keys()) if (!path.startsWith("_prep/tmp/")) ownNames.add(path);
  }
  return {
    at,
    verbs,
    table: await readProtocolTable(["train.parquet", "data/more.parquet"]),
    ownNames: [...ownNames].sort(),
    close: async () => {
      await server.close();
      await folder.remove();
    },
  };
}

/** An environment that kills `prep`, or a worker and `prep`, after its k-th change of a name that matches. */
export function killAfterChange(root: string, path: string, k: number, role: "worker" | "main" = "main"): Record<string, string> {
  const call = { kinds: ["rename", "rm", "unlink", "link", "mkdir"] as const, path };
  return faultEnvironment({ root, role, call, k, action: "kill-after", withParent: role === "worker" });
}

async function makeState(state: string, output: string, list: string): Promise<void> {
  const succeed = async (args: readonly string[]) => {
    const { code, stderr } = await runPrepHere(args);
    expect(code === 0 ? "" : `${args.join(" ")}: ${stderr}`).toBe("");
  };
  switch (state) {
    case "nothing":
      await mkdir(output);
      break;
    case "filtered":
      await succeed(filterArgs(list, output));
      break;
    case "files":
    case "damaged": {
      await succeed(downloadArgs(list, output, "--output-format", "files"));
      if (state === "files") break;
      const [picture = ""] = (await readdir(join(output, "00000"))).filter((name) => name.endsWith(".jpg"));
      await writeFile(join(output, "00000", picture), "torn");
      break;
    }
    case "whole":
      await succeed(runArgs(list, output));
      break;
    case "planned":
      await runPrep(downloadArgs(list, output), { env: killAfterChange(output, "start\\.json$", 2) });
      break;
    default:
      await succeed(downloadArgs(list, output));
      if (state === "torn") await writeFile(join(output, "00001_stats.json"), "{ torn");
  }
}

function triedVerbs(list: string, more: string): Record<string, TriedVerb> {
  return {
    filter: { states: ["nothing", "filtered", "downloaded"], args: (output) => filterArgs(list, output) },
    run: { states: ["nothing", "filtered", "whole"], args: (output) => runArgs(list, output) },
    download: {
      states: ["nothing", "planned", "torn", "filtered", "downloaded"],
      args: (output) => downloadArgs(list, output),
    },
    "download --incremental-mode extend": {
      states: ["downloaded", "nothing", "files"],
      args: (output) => downloadArgs(more, output, "--incremental-mode", "extend"),
    },
    "download --incremental-mode overwrite": {
      states: ["files", "whole", "downloaded", "nothing", "filtered"],
      args: (output) => downloadArgs(more, output, "--incremental-mode", "overwrite"),
    },
    continue: {
      states: ["planned", "torn", "downloaded"],
      args: (output) => ["continue", output, "--allow-private-network", "--quiet"],
    },
    completion: { states: ["nothing"], args: () => ["completion", "bash"] },
    task: { states: ["planned"], args: (output) => ["task", output, "--index", "1"] },
    retry: {
      states: ["downloaded", "files", "nothing"],
      args: (output) => ["retry", output, "--allow-private-network", "--quiet"],
    },
    "verify --repair": {
      states: ["damaged", "torn", "whole"],
      args: (output) => ["verify", output, "--repair", "--allow-private-network", "--quiet"],
    },
    verify: { states: ["files", "whole", "damaged"], args: (output) => ["verify", output, "--quiet"] },
    status: { states: ["whole", "planned"], args: (output) => ["status", output] },
    clean: { states: ["planned", "files", "filtered"], args: (output) => ["clean", output] },
    "run --explain": {
      states: ["nothing", "filtered"],
      args: (output) => [...filterArgs(list, output).slice(0, -1), "--explain"],
    },
    describe: { states: ["filtered"], args: (output) => ["describe", join(output, "partitions")] },
    queries: { states: ["nothing"], args: () => ["queries"] },
  };
}

function filterArgs(list: string, output: string): string[] {
  return ["filter", QUERY, "--metadata", list, "--output", output, "--partitions", "2", "--quiet"];
}

function runArgs(list: string, output: string): string[] {
  return ["run", ...filterArgs(list, output).slice(1, -1), ...DOWNLOAD];
}

function downloadArgs(list: string, output: string, ...more: string[]): string[] {
  const format = ["--caption-col", "caption", "--output-format", "webdataset"];
  return ["download", list, "--output", output, ...format, ...DOWNLOAD, ...more];
}
