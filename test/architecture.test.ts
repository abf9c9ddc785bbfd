// Rules of the layout: imports, libraries, access to the process, sizes and first lines.
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { ALLOWED } from "./support/rooms.ts";

const ROOT = join(import.meta.dirname, "..");
const SOURCE = join(ROOT, "src");

/** The only folder that may import a third-party library. */
const LIBRARY_FOLDER: Readonly<Record<string, string>> = {
  "@duckdb/node-api": "sql",
  sharp: "transform",
  "exif-reader": "transform",
  undici: "fetch",
  "string-width": "cli",
  "tar-stream": "tar",
  commander: "cli",
  "cli-progress": "cli",
};

/** Rooms, inner rooms and files that may use the file system themselves, each with its reason. */
const USES_FILES: Readonly<Record<string, string>> = {
  store: "it is the interface to an output's files",
  cli: "reads files of the package and writes what a user names: reports, history",
  "core/process-limits.ts": "reads /proc/self/limits",
  demo: "writes generated metadata",
  explore: "writes exports to a file that the user names",
  fetch: "reads the resolver's settings and the user's block lists",
  hub: "writes downloaded metadata, which is no output",
  metadata: "finds and reads input files",
  query: "reads the user's queries",
  parquet: "reads and writes bytes of a local file that it is given",
  partition: "writes local files of stage one, which runs on one machine",
  selection: "keeps the work folder of stage one, which is local by nature",
  tar: "reads bytes of a local file that it is given",
  tfrecord: "reads bytes of a local file that it is given",
  "shard/key-order.ts": "spools samples to a local file of the attempt",
  "shard/parquet-writer.ts": "removes local files that DuckDB wrote for the attempt",
  "shard/formats/files.ts": "writes local files of the attempt",
  "shard/formats/tfrecord.ts": "reads bytes of a local file that it is given",
  "run/on-output.ts": "looks for a start record while a signal ends the process, where nothing can be awaited",
};

/** Files outside `store/` that use its local disk directly, each with its reason. */
const USES_LOCAL_DISK: Readonly<Record<string, string>> = {
  hub: "writes downloaded metadata as durably as an output",
  selection: "keeps the work folder of stage one, which is local by nature",
};

const isIn = (path: string, places: Readonly<Record<string, string>>) =>
  Object.keys(places).some((place) => path === place || path.startsWith(`${place}/`));

/** `@duckdb/node-api` of `@duckdb/node-api/lib/values.js`. */
const packageOf = (specifier: string) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

interface Module {
  /** Relative to src/. */
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const modules: Module[] = (await readdir(SOURCE, { recursive: true }))
  .filter((path) => path.endsWith(".ts"))
  .map((path) => {
    const text = readFileSync(join(SOURCE, path), "utf8");
    const imports = [...text.matchAll(/(?<![.\w])(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name ?? "");
    return { path, folder: path.split("/")[0] ?? path, text, imports };
  });

const inside = (module: Module): string[] =>
  module.imports.filter((name) => name.startsWith(".")).map((name) => normalize(join(dirname(module.path), name.replace(/\.js$/, ".ts"))));

/** Beginnings that name the place of a file, which its folder does already. */
const NAMES_A_PLACE = /^\/\/ (The (conductor|process edge)\b|Stage:|Between |\w+, step \d)/;

const firstLines = new Map<string, string>();
for (const top of ["src", "test", "bench", "docs"]) {
  for (const path of await readdir(join(ROOT, top), { recursive: true })) {
    if (!path.endsWith(".ts")) continue;
    const [first = "", second = ""] = readFileSync(join(ROOT, top, path), "utf8").split("\n");
    firstLines.set(`${top}/${path}`, first.startsWith("#!") ? second : first);
  }
}

describe("the architecture", () => {
  it("has modules in every listed room, and in no other", () => {
    expect(new Set(modules.map(({ folder }) => folder))).toEqual(new Set(Object.keys(ALLOWED)));
  });

  it("imports from other rooms only what the list allows", () => {
    const strangers = modules.flatMap((module) =>
      inside(module)
        .filter((target) => {
          const folder = target.split("/")[0] ?? target;
          return folder !== module.folder && !ALLOWED[module.folder]?.includes(folder);
        })
        .map((target) => `${module.path} imports ${target}`),
    );
    expect(strangers).toEqual([]);
  });

  it("keeps every third-party library in one folder", () => {
    const misplaced = modules.flatMap((module) =>
      module.imports
        .filter((name) => !name.startsWith(".") && !name.startsWith("node:"))
        .filter((name) => LIBRARY_FOLDER[packageOf(name)] !== module.folder)
        .map((name) => `${module.path} imports ${name}`),
    );
    expect(misplaced).toEqual([]);
  });

  it("reaches an output's files through the interface of store/ alone", () => {
    const usesFiles = modules.filter(({ imports }) => imports.some((name) => name.startsWith("node:fs"))).map(({ path }) => path);
    expect(usesFiles.filter((path) => !isIn(path, USES_FILES))).toEqual([]);
    expect(Object.keys(USES_FILES).filter((place) => !usesFiles.some((path) => isIn(path, { [place]: "" })))).toEqual([]);
    const usesDisk = modules.filter(
      (module) => module.folder !== "store" && inside(module).some((name) => name.startsWith("store/local/")),
    );
    expect(usesDisk.map(({ path }) => path).filter((path) => !isIn(path, USES_LOCAL_DISK))).toEqual([]);
  });

  it("prints, exits and reads the environment in cli/ alone", () => {
    const pattern = /\bconsole\.|(?<![#.\w])process\.(exit\b|exitCode|stdout|stderr|env)/;
    const offenders = modules.filter(
      ({ folder, text }) => folder !== "cli" && pattern.test(text.replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, "")),
    );
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  it("writes a path into SQL by the functions of sql/text.ts alone", () => {
    const ways = [
      /\b(?:read_\w+|sniff_csv|glob|parquet_\w+)\(\s*(?:'|\$\{(?!(?:fileToRead|filesToRead|filesMatching)\())/i,
      /\b(?:FROM|JOIN|ATTACH)\s+(?:'\$\{|\$\{quote(?:Text|List)\()/,
      /\bCOPY\b[^`]*\bTO\s+\$\{(?!fileToWrite\()/,
      /\bquote(?:Text|List)\([^)]*(?:path|file|folder|target|output|director)/i,
    ];
    // What cli/ shows is run by people.
    const writers = modules.filter(({ path, folder }) => path !== "sql/text.ts" && folder !== "cli");
    const offenders = writers.flatMap(({ path, text }) =>
      ways.flatMap((way) => way.exec(text)?.[0] ?? []).map((found) => `${path}: ${found}`),
    );
    expect(offenders).toEqual([]);
    const samples = [
      "read_csv($" + "{list}, x)",
      "FROM '$" + "{path}'",
      "COPY (SELECT 1) TO $" + "{target}",
      "quoteList(files.map(({ path }) => path))",
    ];
    expect(samples.map((sample, index) => ways[index]?.test(sample))).toEqual([true, true, true, true]);
  });

  it("knows the output formats in shard/ alone", () => {
    const pattern = /"(?:webdataset|tfrecord|dummy)"|\.tfrecord\b|(?<!\w)\.tar\b|outputFormat [!=]==/;
    const code = ({ text }: Module) => text.replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, "");
    // The option's default is one of the formats.
    const allowed = ["shard", "tar", "job/options/output-options.ts"];
    const offenders = modules.filter(
      (module) => !allowed.includes(module.folder) && !allowed.includes(module.path) && pattern.test(code(module)),
    );
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  it("has no import cycle", () => {
    const graph = new Map(modules.map((module) => [module.path, inside(module)]));
    const finished = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) throw new Error([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      if (finished.has(path)) return;
      for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
      finished.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
  });

  it("has no default export, and no barrel except src/index.ts", () => {
    const offenders = modules.filter(({ path, text }) => /export default|export \* from/.test(text) && path !== "index.ts");
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  it("keeps every module under 300 lines", () => {
    const long = modules.filter(({ text }) => text.split("\n").length > 300);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it("says in the first line of every file what the file does", () => {
    const offenders = [...firstLines].flatMap(([path, line]) => {
      if (!/^\/\/ \S/.test(line)) return [`${path} has no comment in its first line`];
      if (line.length > 100) return [`${path} has a first line of ${line.length} characters`];
      return NAMES_A_PLACE.test(line) ? [`${path} names its place: ${line}`] : [];
    });
    expect(offenders).toEqual([]);
  });
});
