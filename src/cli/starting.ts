// What a verb was told, as `prep continue` needs it: absolute paths, the command without secrets.
import { resolve } from "node:path";
import { shellWord } from "../core/shell-word.ts";
import type { DownloadSettings, SelectionConfig, StartedVerb, Starting } from "../job/config.ts";
import { resources } from "./configs.ts";
import type { OptionValues } from "./options/commander-options.ts";

/** A start of a verb; `typed` are the words behind `prep`. */
export function starting(typed: readonly string[], values: OptionValues, started: StartedVerb, limits?: DownloadSettings): Starting {
  const failUnder = values["failUnder"];
  return {
    command: commandText(typed),
    directory: process.cwd(),
    ...(typeof failUnder === "number" ? { failUnder } : {}),
    started,
    ...(limits ? { limits } : {}),
  };
}

/** A command line as a shell takes it, without logins in addresses and without tokens of the hub. */
export function commandText(typed: readonly string[]): string {
  return ["prep", ...typed.map((word, index) => shellWord(withoutSecrets(word, typed[index - 1] === "--proxy")))].join(" ");
}

function withoutSecrets(word: string, isProxy: boolean): string {
  const isAddress = isProxy || word.startsWith("--proxy=");
  return word
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1")
    .replace(isAddress ? /(^|=)[^\s/@=]+@/ : /(?!)/, "$1")
    .replace(/\bhf_[A-Za-z0-9]{10,}/g, "hf_...");
}

/** The same selection from wherever it is continued; of a query's bare name the directory of the start is enough. */
export function withAbsolutePaths(selection: SelectionConfig): SelectionConfig {
  const tables = selection.tables.map((text) => {
    const begin = text.indexOf("=") + 1;
    return text.slice(0, begin) + absolute(text.slice(begin));
  });
  return { ...selection, metadata: selection.metadata.map(absolute), tables };
}

/** What was named of the machine's resources. */
export function namedResources(values: OptionValues): Partial<ReturnType<typeof resources>> {
  const { memoryLimitBytes, threads, tempDirectory } = resources(values);
  return {
    ...(values["memoryLimit"] === undefined ? {} : { memoryLimitBytes }),
    ...(values["threads"] === undefined ? {} : { threads }),
    ...(tempDirectory === undefined ? {} : { tempDirectory: resolve(tempDirectory) }),
  };
}

function absolute(path: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path) ? path : resolve(path);
}
