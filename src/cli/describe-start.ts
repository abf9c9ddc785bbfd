// Describes a start for `prep continue`: absolute paths, and the command without secrets.
import { resolve } from "node:path";
import { shellWord } from "../core/shell-word.ts";
import type { DownloadSettings, SelectionConfig, StartedVerb, Starting } from "../job/config.ts";
import { OPTIONS } from "../job/options/table.ts";
import { resources } from "./configs.ts";
import type { OptionValues } from "./options/commander-options.ts";

/** Describes the start of a verb; `typed` are the words after `prep`. */
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
  return ["prep", ...typed.map((word, index) => shellWord(withoutSecrets(word, isSecretOption(typed[index - 1] ?? ""))))].join(" ");
}

/** A text without logins in addresses and without tokens of the hub; `isSecret` if it is the value of a secret option. */
export function withoutSecrets(word: string, isSecret = false): string {
  // A login may hold unescaped characters, and its address may have no scheme.
  const hidden = isSecret || isSecretOption(word) ? word.replace(/^(--[\w-]+=)?([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1$2") : word;
  return hidden.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1").replace(/\bhf_[A-Za-z0-9]{10,}/g, "hf_...");
}

function isSecretOption(word: string): boolean {
  return OPTIONS.some(({ name, isSecret }) => isSecret === true && (word === `--${name}` || word.startsWith(`--${name}=`)));
}

/** The selection with absolute paths, so that it can be continued from anywhere. A query's bare name stays: the start records its folder. */
export function withAbsolutePaths(selection: SelectionConfig): SelectionConfig {
  const tables = selection.tables.map((text) => {
    const begin = text.indexOf("=") + 1;
    return text.slice(0, begin) + absolute(text.slice(begin));
  });
  return { ...selection, metadata: selection.metadata.map(absolute), tables };
}

/** The resources that the user gave; the rest follows from the machine. */
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
