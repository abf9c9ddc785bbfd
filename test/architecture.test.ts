// The layout holds: rooms import only rooms below them, one library has one folder, only cli/ touches the process, nothing goes round in circles.
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { ALLOWED } from "./support/rooms.ts";

const SOURCE = join(import.meta.dirname, "..", "src");

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
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name ?? "");
    return { path, folder: path.split("/")[0] ?? path, text, imports };
  });

const inside = (module: Module): string[] =>
  module.imports.filter((name) => name.startsWith(".")).map((name) => normalize(join(dirname(module.path), name.replace(/\.js$/, ".ts"))));

describe("the architecture", () => {
  it("has modules in every folder that it speaks of", () => {
    expect(new Set(modules.map(({ folder }) => folder))).toEqual(new Set(Object.keys(ALLOWED)));
  });

  it("imports across folders only what a folder may", () => {
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

  it("has no default export and no barrel but src/index.ts", () => {
    const offenders = modules.filter(({ path, text }) => /export default|export \* from/.test(text) && path !== "index.ts");
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  it("keeps every file under 300 lines and says at its top where it stands in the flow", () => {
    const offenders = modules.filter(({ text }) => text.split("\n").length > 300 || !/^(#!.*\n)?\/\/ \S/.test(text));
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });
});
