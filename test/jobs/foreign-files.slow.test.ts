// Every verb on outputs sprinkled with somebody else's files, under every name that an output has and others like them: whatever
// the verb does, and wherever it is killed, these stay, and of the output's own it touches what docs/protocol.md says.
// PREP_FOREIGN=ROUNDS[:SEED] does that many rounds of generated sprinklings.
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, namesIn } from "../support/cli/refusals.ts";
import { faultEnvironment } from "../support/faults/fault.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { type Listing, listing, lookalikes, pathsOf, type Sprinkle, sprinkle } from "../support/foreign-files.ts";
import { startHubServer } from "../support/hub/hub-server.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { type ProtocolTable, readProtocolTable } from "../support/protocol-table.ts";
import { type PrepResult, runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const KINDS = ["file", "folder", "link", "dead link"] as const;
const DOWNLOAD = ["--allow-private-network", "--retries", "0", "--number-sample-per-shard", "2", "--quiet"];
const QUERY = "SELECT * FROM metadata WHERE url IS NOT NULL";

/** How an output is made that a verb then meets. */
interface State {
  readonly make: (output: string) => Promise<unknown>;
  /** What its plans and records speak of, beside what is there. */
  readonly speaksOf: RegExp;
}

let folder: Awaited<ReturnType<typeof makeFolder>>;
let server: ScriptedServer;
let table: ProtocolTable;
/** Every name that an output has had in any state. */
let ownNames: string[];
const at = (...names: string[]) => join(folder.path, ...names);

const NOTHING = /^$/;
const SELECTION = /^(selection\.json|partitions(\/part-0000[01]\.parquet)?)$/;
const SHARDS = /^(0000[0-2](\.tar|\.parquet|_stats\.json(\.claim)?)|run\.json|sizes\.json)$/;
const FILES = /^(0000[0-2](\/0000\d+\.(jpg|json|txt)|\.parquet|_stats\.json(\.claim)?)?|run\.json|sizes\.json)$/;
const either = (...all: RegExp[]) => new RegExp(all.map(({ source }) => source).join("|"));

const filter = (output: string) => ["filter", QUERY, "--metadata", at("list.parquet"), "--output", output, "--partitions", "2", "--quiet"];
const download = (list: string, output: string, ...more: string[]) => [
  "download",
  at(list),
  "--caption-col",
  "caption",
  "--output",
  output,
  "--output-format",
  "webdataset",
  ...DOWNLOAD,
  ...more,
];
const whole = (output: string) => ["run", ...filter(output).slice(1, -1), ...DOWNLOAD];

const STATES: Readonly<Record<string, State>> = {
  nothing: { make: (output) => mkdir(output), speaksOf: NOTHING },
  filtered: { make: (output) => done(filter(output)), speaksOf: SELECTION },
  downloaded: { make: (output) => done(download("list.parquet", output)), speaksOf: SHARDS },
  files: { make: (output) => done(download("list.parquet", output, "--output-format", "files")), speaksOf: FILES },
  whole: { make: (output) => done(whole(output)), speaksOf: either(SELECTION, SHARDS) },
  planned: {
    make: async (output) => {
      await runPrep(download("list.parquet", output), { env: killing(output, "start\\.json$", 2) });
    },
    speaksOf: SHARDS,
  },
  damaged: {
    make: async (output) => {
      await done(download("list.parquet", output, "--output-format", "files"));
      const [picture = ""] = (await readdir(join(output, "00000"))).filter((name) => name.endsWith(".jpg"));
      await writeFile(join(output, "00000", picture), "torn");
    },
    speaksOf: FILES,
  },
  torn: {
    make: async (output) => {
      await done(download("list.parquet", output));
      await writeFile(join(output, "00001_stats.json"), "{ torn");
    },
    speaksOf: SHARDS,
  },
};

/** Verbs by their row in the table, with the states that they meet. */
const VERBS: Readonly<Record<string, { readonly on: readonly string[]; readonly args: (output: string) => string[] }>> = {
  filter: { on: ["nothing", "filtered", "downloaded"], args: filter },
  run: { on: ["nothing", "filtered", "whole"], args: whole },
  download: { on: ["nothing", "planned", "torn", "filtered", "downloaded"], args: (output) => download("list.parquet", output) },
  "download --incremental-mode extend": {
    on: ["downloaded", "nothing", "files"],
    args: (output) => download("more.parquet", output, "--incremental-mode", "extend"),
  },
  "download --incremental-mode overwrite": {
    on: ["files", "whole", "downloaded", "nothing", "filtered"],
    args: (output) => download("more.parquet", output, "--incremental-mode", "overwrite"),
  },
  task: { on: ["planned"], args: (output) => ["task", output, "--index", "1"] },
  retry: { on: ["downloaded", "files", "nothing"], args: (output) => ["retry", output, "--allow-private-network", "--quiet"] },
  "verify --repair": {
    on: ["damaged", "torn", "whole"],
    args: (output) => ["verify", output, "--repair", "--allow-private-network", "--quiet"],
  },
  verify: { on: ["files", "whole", "damaged"], args: (output) => ["verify", output, "--quiet"] },
  status: { on: ["whole", "planned"], args: (output) => ["status", output] },
  clean: { on: ["planned", "files", "filtered"], args: (output) => ["clean", output] },
  "run --explain": { on: ["nothing", "filtered"], args: (output) => [...filter(output).slice(0, -1), "--explain"] },
  describe: { on: ["filtered"], args: (output) => ["describe", join(output, "partitions")] },
  queries: { on: ["nothing"], args: () => ["queries"] },
};

function killing(root: string, path: string, k: number, role: "worker" | "conductor" = "conductor"): Record<string, string> {
  const call = { kinds: ["rename", "rm", "unlink", "link", "mkdir"] as const, path };
  return faultEnvironment({ root, role, call, k, action: "kill-after", withParent: role === "worker" });
}

async function done(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runPrepHere(args);
  expect(code === 0 ? "" : `${args.join(" ")}: ${stderr}`).toBe("");
}

beforeAll(async () => {
  folder = await makeFolder();
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(40, 30) }, "/busy.jpg": { status: 503 } });
  const list = (name: string, rows: number) =>
    writeParquet(
      at(`${name}.parquet`),
      `SELECT '${server.url("")}' || if(i = 1, '/busy.jpg', '/a.jpg') || '?${name}' || i AS url, 'c' AS caption FROM range(${rows}) r(i)`,
    );
  await list("list", 6);
  await list("more", 4);
  table = await readProtocolTable(["train.parquet", "data/more.parquet"]);
  const own = new Set<string>();
  for (const [name, { make }] of Object.entries(STATES)) {
    await make(at("states", name)).catch(async (error: unknown) => {
      if (name !== "nothing") throw error;
      await mkdir(at("states", name), { recursive: true });
    });
    for (const path of (await listing(at("states", name))).keys()) if (!path.startsWith("_prep/tmp/")) own.add(path);
  }
  ownNames = [...own, "_prep/work", "_prep/inputs", "00000_stats.json.claim", ".write-probe", "00000.tfrecord", "plan.json"].sort();
});

afterAll(async () => {
  await server.close();
  await folder.remove();
});

let rounds = 0;
interface Round {
  readonly verb: string;
  readonly state: string;
  readonly sprinkles: readonly Sprinkle[];
  /** Killed after the k-th change of a name in the output, by the process that directs or by a worker, and started again. */
  readonly killed?: { readonly k: number; readonly role?: "worker" };
}

/** Does it, and returns what is wrong. */
async function play({ verb, state, sprinkles, killed }: Round): Promise<{ readonly faults: string[]; readonly results: PrepResult[] }> {
  const root = at(`round-${rounds++}`);
  const [output, away] = [join(root, "out"), join(root, "away")];
  await mkdir(away, { recursive: true });
  await writeFile(join(away, "precious.txt"), "precious");
  await cp(at("states", state), output, { recursive: true });
  const foreign = new Set<string>();
  const isOwn = (path: string) => STATES[state]?.speaksOf.test(path) || table.isOfPrep(path);
  for (const one of sprinkles) {
    if (isOwn(one.path) || !(await sprinkle(output, away, one))) continue;
    for (const path of pathsOf(one)) foreign.add(path);
  }
  const before = await listing(root);
  const faults: string[] = [];
  const results: PrepResult[] = [];
  const args = VERBS[verb]?.args(output) ?? [];
  for (const kill of killed ? [killed, undefined] : [undefined]) {
    const result = kill ? await runPrep(args, { env: killing(output, ".", kill.k, kill.role) }) : await runPrepHere(args);
    results.push(result);
    const after = await listing(root);
    faults.push(...foreignFaults(before, after, foreign), ...wordFaults(result));
    if (!killed) faults.push(...tableFaults(verb, before, after, foreign));
  }
  await rm(root, { recursive: true, force: true, maxRetries: 3 });
  const about = `${verb} on ${state}${killed ? `, killed: ${JSON.stringify(killed)}` : ""}`;
  return { faults: [...new Set(faults)].map((fault) => `${about}: ${fault}`), results };
}

function foreignFaults(before: Listing, after: Listing, foreign: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  for (const [path, what] of before) {
    const isForeign = path.startsWith("away") || foreign.has(path.replace(/^out\//, ""));
    if (isForeign && after.get(path) !== what) faults.push(`${path} was ${what} and is ${after.get(path) ?? "gone"}`);
  }
  return faults;
}

/** Whether a refusal is in words, and none of the words for a defect. */
function wordFaults({ code, signal, stderr }: PrepResult): string[] {
  if (signal === "SIGKILL" || code === 0) return [];
  const isSaid = code !== null && [3, 4, 5, 7].includes(code) && !/defect|\n {4}at /.test(stderr);
  return isSaid ? [] : [`ended with ${signal ?? code}: ${stderr}`];
}

/** Whether what has become of names is what the table says of the verb. Folders come and go with their files. */
function tableFaults(verb: string, before: Listing, after: Listing, foreign: ReadonlySet<string>): string[] {
  const allowed = table.verbs.get(verb);
  if (!allowed) return [`docs/protocol.md says nothing of ${verb}`];
  const faults: string[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const name = path.replace(/^out\//, "");
    const [was, is] = [before.get(path), after.get(path)];
    if (was === is || foreign.has(name) || was === "folder" || is === "folder") continue;
    const [what, names] =
      was === undefined ? ["created", allowed.creates] : is === undefined ? ["removed", allowed.removes] : ["replaced", allowed.replaces];
    if (!names.some((pattern) => pattern.test(name))) faults.push(`${name} was ${what}, of which docs/protocol.md says nothing`);
  }
  return faults;
}

/** What is like an output's names and in nobody's way. */
const harmless = (): Sprinkle[] => {
  const paths = [...new Set(ownNames.flatMap(lookalikes))].filter(
    (path) => !ownNames.includes(path) && !/^\d{5,}(\.\w+|_stats\.json(\.claim)?)?$/.test(path) && !/^(partitions|0000\d)\//.test(path),
  );
  return paths.map((path, index) => ({ path, kind: KINDS[index % KINDS.length] ?? "file" }));
};

describe.skipIf(process.env["PREP_FOREIGN"] !== undefined)("foreign files", () => {
  it("has a row in docs/protocol.md for every verb", async () => {
    const words = new Set([...table.verbs.keys()].map((row) => row.split(" ")[0]));
    const { VERBS: all } = await import("../../src/cli/verbs.ts");
    const own = all.filter(({ load }) => load !== undefined).map(({ name }) => name);
    expect(own.filter((verb) => !words.has(verb))).toEqual([]);
  });

  it("that are in nobody's way stay, and every verb does its work", async () => {
    const sprinkles = harmless();
    expect(sprinkles.length).toBeGreaterThan(100);
    for (const [verb, { on }] of Object.entries(VERBS)) {
      const [state = ""] = on;
      // A _prep with nothing of prep's in it is refused.
      const hasPrep = namesIn(at("states", state)).includes("_prep");
      const { faults, results } = await play({
        verb,
        state,
        sprinkles: sprinkles.filter(({ path }) => hasPrep || !path.startsWith("_prep/")),
      });
      expect(faults).toEqual([]);
      // What is in damaged or foreign-looking records makes a verify, or a repair, say so.
      if (!verb.startsWith("verify")) expect([verb, results[0]?.code, results[0]?.stderr]).toEqual([verb, 0, expect.anything()]);
    }
  });

  it("under the names of the output itself stay, or the verb is refused", async () => {
    const verbs = ["filter", "run", "download", "download --incremental-mode overwrite"];
    const names = [
      "selection.json",
      "partitions",
      "partitions/part-00000.parquet",
      "partitions/mine.txt",
      "_prep",
      "run.json",
      "sizes.json",
    ];
    const places = [...names, ".write-probe", "00000", "00000.tar", "00000.parquet", "00000_stats.json", "00777_stats.json"];
    let turn = 0;
    // Each name in two kinds, with another verb each time; the generated form has them all.
    for (const [index, path] of places.entries()) {
      for (const kind of [KINDS[index % 4], KINDS[(index + 1 + (index % 3)) % 4]]) {
        const verb = verbs[turn++ % verbs.length] ?? "";
        expect((await play({ verb, state: "nothing", sprinkles: [{ path, kind: kind ?? "file" }] })).faults).toEqual([]);
      }
    }
  });

  it("in folders of the output stay when an overwriting, a repair or a retry is done, refused or killed", async () => {
    const inside: Sprinkle[] = ["00000/notes.txt", "00001/000010009.gif", "partitions/mine.txt"].map((path) => ({ path, kind: "file" }));
    const overwrite = "download --incremental-mode overwrite";
    const last: Sprinkle[] = [{ path: "00002/notes.txt", kind: "link" }, ...harmless()];
    const played: readonly Round[] = [
      { verb: overwrite, state: "files", sprinkles: inside },
      { verb: overwrite, state: "whole", sprinkles: inside.slice(2) },
      { verb: overwrite, state: "files", sprinkles: last, killed: { k: 4 } },
      { verb: overwrite, state: "files", sprinkles: last, killed: { k: 15 } },
      { verb: "verify --repair", state: "damaged", sprinkles: inside },
      { verb: "retry", state: "files", sprinkles: inside },
    ];
    for (const round of played) {
      const { faults, results } = await play(round);
      expect(faults).toEqual([]);
      expect(results[0]?.signal ?? "ended").toBe(round.killed ? "SIGKILL" : "ended");
    }
  });

  it("stay where tables are fetched, a demo is kept and a page or a query is saved", async () => {
    const hub = await startHubServer({
      "mine/set": {
        commit: "c".repeat(40),
        files: new Map([
          ["train.parquet", Buffer.from("PAR1x")],
          ["data/more.parquet", Buffer.from("PAR1y")],
        ]),
      },
    });
    const env = { HF_ENDPOINT: hub.endpoint, HF_TOKEN: "" };
    try {
      const output = at("tables");
      const foreign = ["train.parquet.bak", ".prep-metadata.bak", "data/TRAIN.parquet", ".write-probe", "_prep/notes.txt", "notes.txt"];
      for (const path of foreign) await sprinkle(output, folder.path, { path, kind: "file" });
      const before = await listing(output);
      const args = ["metadata", "mine/set", "--output", output, "--quiet"];
      const result = await runPrep(args, { env });
      const after = await listing(output);
      const changed = [...after.keys()].filter((path) => after.get(path) !== before.get(path) && after.get(path) !== "folder");
      const allowed = table.verbs.get("metadata")?.creates ?? [];
      expect([...before].filter(([path, what]) => after.get(path) !== what)).toEqual([]);
      expect(changed.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
      expect([result.code, result.stderr, changed.includes("train.parquet")]).toEqual([0, expect.anything(), true]);
      for (const name of ["metadata", "output"]) {
        await mkdir(at(`demo-${name}`, name), { recursive: true });
        expect((await runPrepHere(["demo", "--keep", at(`demo-${name}`)])).stderr).toContain(`${name} is there already`);
        expect(namesIn(at(`demo-${name}`))).toEqual([name]);
      }
    } finally {
      await hub.close();
    }
  });
});

const [LONG_ROUNDS = 0, SEED = 1] = (process.env["PREP_FOREIGN"] ?? "").split(":").map(Number);

describe.skipIf(LONG_ROUNDS === 0)("foreign files, generated", () => {
  it(
    "stay",
    async () => {
      const next = randomNumbers(SEED);
      const choose = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
      const paths = [...new Set([...ownNames, ...ownNames.flatMap(lookalikes)])];
      const faults: string[] = [];
      const codes = new Map<string, number>();
      for (let round = 0; round < LONG_ROUNDS; round++) {
        const verb = choose(Object.keys(VERBS));
        const state = choose(next() < 0.7 ? (VERBS[verb]?.on ?? []) : Object.keys(STATES));
        const count = choose([1, 1, 2, 5, 40]);
        const sprinkles = Array.from({ length: count }, () => ({ path: choose(paths), kind: choose(KINDS) }));
        const isKilled = next() < 0.35;
        // A task is a worker itself, and the process that started it is this one.
        const killed = {
          k: 1 + Math.floor(next() * choose([3, 6, 20])),
          ...(next() < 0.3 && verb !== "task" ? { role: "worker" as const } : {}),
        };
        const played = await play({ verb, state, sprinkles, ...(isKilled ? { killed } : {}) });
        for (const { code, signal } of played.results) codes.set(String(signal ?? code), (codes.get(String(signal ?? code)) ?? 0) + 1);
        for (const fault of played.faults) faults.push(`round ${round}, ${JSON.stringify(sprinkles)}: ${fault}`);
      }
      console.info(`${LONG_ROUNDS} rounds of seed ${SEED}, ended with ${JSON.stringify(Object.fromEntries(codes))}`);
      expect(faults).toEqual([]);
    },
    24 * 3_600_000,
  );
});

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
