// The option tables as Markdown: the page of options, and the page for users of img2dataset.
import { defaultOf, EVERY_VERB, OPTION_GROUPS, type OptionGroup, type OptionSpec, takesOption } from "../../job/options/spec.ts";
import { OPTIONS } from "../../job/options/table.ts";
import { type VerbSpec, visibleVerbs } from "../verb.ts";
import { optionFlags } from "./commander-options.ts";
import { PEER_OPTIONS, type PeerOption } from "./img2dataset.ts";

/** What a person wants to do with the options of a group. */
const PURPOSES: Readonly<Record<Exclude<OptionGroup, "Unused">, string>> = {
  Input: "Say what to read",
  Query: "Tell the query",
  Shuffle: "Choose, shuffle and split rows",
  Output: "Say what to write, and where",
  Images: "Resize, encode and refuse pictures",
  Download: "Download: limits, rights, network",
  Machine: "Share the machine",
  Terminal: "Follow a run, and report a problem",
};

/** A headed table for each group, with all options of all verbs that people start. */
export function optionsMarkdown(verbs: readonly VerbSpec[]): string {
  const names = visibleVerbs(verbs).map(({ name }) => name);
  return OPTION_GROUPS.map((group) => {
    const options = OPTIONS.filter((option) => option.group === group && names.some((name) => takesOption(option, name)));
    return `## ${PURPOSES[group]}\n\n${optionTable(options, names)}`;
  }).join("\n\n");
}

/** One table row for every option of img2dataset, in its order. */
export function peerOptionsMarkdown(): string {
  const head = ["| img2dataset | default | `prep download` | default | answer | |", "| --- | --- | --- | --- | --- | --- |"];
  return [...head, ...PEER_OPTIONS.map(peerRow)].join("\n");
}

function peerRow({ name, default: theirs, answer, option, note }: PeerOption): string {
  const ours = OPTIONS.find((spec) => spec.name === option);
  const fallback = ours && !ours.notice ? defaultText(ours, "download") : "";
  return `| \`${name}\` | ${theirs} | \`--${option}\` | ${fallback} | ${answer} | ${note} |`;
}

function optionTable(options: readonly OptionSpec[], verbs: readonly string[]): string {
  return ["| option | verbs | default | |", "| --- | --- | --- | --- |", ...options.map((option) => optionRow(option, verbs))].join("\n");
}

function optionRow(option: OptionSpec, verbs: readonly string[]): string {
  const takers = verbs.filter((verb) => takesOption(option, verb));
  const choices = option.choices ? ` (${option.choices.join(", ")})` : "";
  const fixed = option.identity === undefined || option.canLoosen ? "" : " Fixed.";
  const flags = optionFlags(option).replaceAll("|", "\\|");
  const taking = option.verbs === EVERY_VERB ? "all" : takers.join(" ");
  return `| \`${flags}\` | ${taking} | ${defaultsText(option, takers)} | ${option.help}${choices}.${fixed} |`;
}

/** The default, or the defaults by verb if these differ. */
function defaultsText(option: OptionSpec, verbs: readonly string[]): string {
  const texts = [...new Set(verbs.map((verb) => defaultText(option, verb)))];
  if (texts.length === 1) return texts[0] ?? "";
  return texts.map((text) => `${text || "none"} (${verbs.filter((verb) => defaultText(option, verb) === text).join(", ")})`).join(", ");
}

function defaultText(option: OptionSpec, verb: string): string {
  const value = defaultOf(option, verb);
  if (value === undefined) return option.kind === "flag" ? "off" : "";
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.join(" ") : String(value);
}
