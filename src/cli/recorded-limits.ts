// Merges the limits of an output's last start with those of a command line.
import { shellWord } from "../core/shell-word.ts";
import { parseBytes } from "../core/units.ts";
import type { DownloadSettings } from "../job/config.ts";
import { defaultOf, type OptionSpec, valueName } from "../job/options/spec.ts";
import { OPTIONS } from "../job/options/table.ts";
import type { OptionValues } from "./options/commander-options.ts";

/** What a command line says, completed by what an output has recorded. */
export interface WithRecorded {
  readonly values: OptionValues;
  /** The limits that the user gave, now or at an earlier start. */
  readonly given: readonly string[];
  /** For people: which recorded limits are used. */
  readonly notice: string | undefined;
}

/** The options, by their names in camel case, that the user gave on the command line or in the environment. */
export function givenOptions(values: OptionValues, isDefault: (name: string) => boolean): string[] {
  return Object.keys(values).filter((name) => values[name] !== undefined && !isDefault(name));
}

/**
 * Completes the limits of a command line by those of the output's last start; `settings` are undefined if there was none. With
 * `named`, takes only limits that a user gave; with `all`, also the defaults that the run began with.
 */
export function withRecorded(
  values: OptionValues,
  isDefault: (name: string) => boolean,
  settings: Partial<DownloadSettings> | undefined,
  which: "named" | "all" = "named",
): WithRecorded {
  const merged: Record<string, unknown> = { ...values };
  const limits = OPTIONS.filter(({ recorded }) => recorded !== undefined);
  const given = new Set(givenOptions(values, isDefault).filter((name) => limits.some((limit) => valueName(limit) === name)));
  const used: string[] = [];
  for (const limit of settings ? limits : []) {
    const name = valueName(limit);
    if (!settings || given.has(name)) continue;
    const value = checked(limit, limit.recorded?.(settings));
    const isGiven = settings.given?.includes(name) ?? (!limit.isOfMachine && JSON.stringify(value) !== JSON.stringify(retryDefault(limit)));
    if (value !== undefined && which === "all" && !limit.isOfMachine) merged[name] = value;
    if (value === undefined || !isGiven) continue;
    merged[name] = value;
    given.add(name);
    used.push(optionText(name, value));
  }
  const notice = used.length > 0 ? `using the limits that this output was made with: ${used.join(" ")}` : undefined;
  return { values: merged, given: [...given], notice };
}

/** An option with its value as a shell takes it. */
export function optionText(name: string, value: unknown): string {
  const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (typeof value === "boolean") return value ? option : option.replace("--", "--no-");
  return [option, ...(Array.isArray(value) ? value : [value]).map((one) => shellWord(String(one)))].join(" ");
}

/** The value, if the option can have it: it comes from a file without a seal, which anybody may have written. */
function checked(spec: OptionSpec, value: unknown): unknown {
  const isText = (one: unknown) => typeof one === "string";
  switch (spec.kind) {
    case "flag":
      return typeof value === "boolean" ? value : undefined;
    case "text":
      return isText(value) ? value : undefined;
    case "texts":
      return Array.isArray(value) && value.every(isText) ? value : undefined;
    case "choice":
      return isText(value) && spec.choices?.includes(String(value)) ? value : undefined;
    default: {
      const [least, most] = spec.range ?? [0, Number.MAX_SAFE_INTEGER];
      return typeof value === "number" && value >= least && value <= most ? value : undefined;
    }
  }
}

function retryDefault(option: OptionSpec): unknown {
  const value = defaultOf(option, "retry");
  return option.kind === "bytes" && typeof value === "string" ? parseBytes(value) : value;
}
