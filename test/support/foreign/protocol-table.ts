// Reads the table of docs/protocol.md: names that each verb may create, replace and remove.
import { readFile } from "node:fs/promises";
import { OUTPUT_FORMATS } from "../../../src/shard/output-formats.ts";

const ENDINGS = [".parquet", ...Object.values(OUTPUT_FORMATS).flatMap(({ ending }) => ending || [])];

/** What a verb may do to the names of an output. */
export interface Allowed {
  readonly creates: readonly RegExp[];
  readonly replaces: readonly RegExp[];
  readonly removes: readonly RegExp[];
}

/** The table, and the names in `_prep`. */
export interface ProtocolTable {
  /** Rows by the words of the command, for instance `verify --repair`. */
  readonly verbs: ReadonlyMap<string, Allowed>;
  /** Whether a path of an output is one that `prep` uses in `_prep`. */
  isOfPrep(path: string): boolean;
}

/** Parses the document. `TABLE` in it stands for these files. Throws if the table is missing or a cell has no pattern. */
export async function readProtocolTable(tables: readonly string[] = []): Promise<ProtocolTable> {
  const text = await readFile(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
  const section = /\n## What a verb may create, replace and remove\n([\s\S]*?)\n## /.exec(text)?.[1] ?? "";
  const prepNames = codes(/In `_prep\/`, these names are `prep`'s[^:]*: ([\s\S]*?)\. In/.exec(section)?.[1] ?? "");
  if (prepNames.length === 0) throw new Error("docs/protocol.md does not say which names in _prep are prep's");
  const prep = new RegExp(`^_prep(/(${prepNames.map((name) => escaped(name).replace(/ID|N\b/g, "[^/]+")).join("|")})(/.*)?)?$`);
  const patternOf = (code: string) => {
    if (code === "_prep/") return prep;
    if (code === "TABLE") return new RegExp(`^(${tables.map(escaped).join("|")})$`);
    const isSample = code.includes("KEY");
    const endings = isSample ? "\\.(jpg|png|webp|avif|json|txt)" : `(${ENDINGS.map(escaped).join("|")})?`;
    // Outputs of tests have fewer than ten shards and partitions, so other numbers are foreign.
    const source = escaped(code).replace("\\.EXT", endings).replace("NNNNN", "0000\\d").replace("KEY", "0000\\d+");
    return new RegExp(code.endsWith("/") ? `^${source}` : `^${source}$`);
  };
  const verbs = new Map<string, Allowed>();
  for (const line of section.split("\n")) {
    const [verb = "", creates = "", replaces = "", removes = ""] = line.split("|").slice(1, -1);
    if (!verb.includes("`")) continue;
    const [made, replaced, removed] = [creates, replaces, removes].map((cell) => {
      const found = codes(cell);
      if (found.length === 0 && cell.trim() !== "nothing") throw new Error(`a cell of ${verb} names nothing: ${cell}`);
      return found.map(patternOf);
    });
    for (const word of codes(verb)) verbs.set(word, { creates: made ?? [], replaces: replaced ?? [], removes: removed ?? [] });
  }
  if (verbs.size === 0) throw new Error("docs/protocol.md has no table of verbs");
  return { verbs, isOfPrep: (path) => prep.test(path) };
}

function codes(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? "");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
