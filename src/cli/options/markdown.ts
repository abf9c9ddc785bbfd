// The process edge: the option tables as Markdown, for the README and for those who come from img2dataset.
import { optionFlags } from "./commander-options.ts";
import { PEER_OPTIONS, type PeerOption } from "./img2dataset.ts";
import { defaultOf, OPTION_GROUPS, type OptionSpec, type OptionVerb } from "./spec.ts";
import { OPTIONS } from "./table.ts";

const LETTERS: readonly (readonly [OptionVerb, string])[] = [
  ["run", "R"],
  ["filter", "F"],
  ["download", "D"],
];

/** One table row for every option of the three verbs, in the order of the help. */
export function optionsMarkdown(): string {
  const rows = OPTION_GROUPS.flatMap((group) =>
    OPTIONS.filter((option) => option.group === group && LETTERS.some(([verb]) => option.verbs.includes(verb))).map(optionRow),
  );
  return ["| option | for | default | |", "| --- | --- | --- | --- |", ...rows].join("\n");
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

function optionRow(option: OptionSpec): string {
  const verbs = LETTERS.filter(([verb]) => option.verbs.includes(verb));
  const defaults = verbs.map(([verb, letter]) => ({ letter, text: defaultText(option, verb) }));
  const isSame = defaults.every(({ text }) => text === defaults[0]?.text);
  const fallback = isSame ? (defaults[0]?.text ?? "") : defaults.map(({ letter, text }) => `${letter}: ${text || "none"}`).join(", ");
  const choices = option.choices ? ` (${option.choices.join(", ")})` : "";
  return `| \`${optionFlags(option).replaceAll("|", "\\|")}\` | ${verbs.map(([, letter]) => letter).join(" ")} | ${fallback} | ${option.help}${choices} |`;
}

function defaultText(option: OptionSpec, verb: OptionVerb): string {
  const value = defaultOf(option, verb);
  if (value === undefined) return option.kind === "flag" ? "off" : "";
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.join(" ") : String(value);
}
