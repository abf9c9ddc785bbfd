// Defaults of `prep download`: img2dataset's for lists, `prep run`'s for partitions that prep made.
import { shellWord } from "../core/shell-word.ts";
import type { OptionValues } from "./options/commander-options.ts";
import { defaultOf, type OptionSpec } from "./options/spec.ts";
import { OPTIONS } from "./options/table.ts";

/** Which columns of partitions of ours hold the URL and the caption. */
export interface MarkedColumns {
  readonly urlColumn: string;
  readonly captionColumn?: string | undefined;
}

/** Whether the user left an option, by its name in camel case, to its default. */
type IsDefault = (name: string) => boolean;

/** The values with the defaults of `prep run` and these columns wherever the user named none. */
export function withRunDefaults(values: OptionValues, isDefault: IsDefault, { urlColumn, captionColumn }: MarkedColumns): OptionValues {
  const result: Record<string, unknown> = { ...values };
  for (const option of differing()) if (isOpen(option, values, isDefault)) result[camel(option)] = defaultOf(option, "run");
  if (isDefault("urlCol") || values["urlCol"] === undefined) result["urlCol"] = urlColumn;
  result["captionCol"] = values["captionCol"] ?? captionColumn;
  return result;
}

/** Says which defaults were taken that another kind of input would not have; undefined where the user named all of these options. */
export function defaultsNotice(values: OptionValues, isDefault: IsDefault, verb: "run" | "download"): string | undefined {
  const taken = differing()
    .filter((option) => isOpen(option, values, isDefault))
    .flatMap((option) => words(option, defaultOf(option, verb)));
  const whose = verb === "run" ? "partitions of prep, so with the defaults of prep run" : "a list, so with img2dataset's defaults";
  return taken.length === 0 ? undefined : `${whose}: ${taken.join(" ")}`;
}

/** The options that mean something else where nobody names them. */
function differing(): OptionSpec[] {
  return OPTIONS.filter(
    (option) =>
      option.verbs.includes("run") && option.verbs.includes("download") && defaultOf(option, "run") !== defaultOf(option, "download"),
  );
}

function isOpen(option: OptionSpec, values: OptionValues, isDefault: IsDefault): boolean {
  return isDefault(camel(option)) || values[camel(option)] === undefined;
}

function words({ name }: OptionSpec, value: unknown): string[] {
  if (value === undefined || value === false) return [];
  return value === true
    ? [`--${name}`]
    : [
        `--${name} ${[value]
          .flat()
          .map((word) => shellWord(String(word)))
          .join(" ")}`,
      ];
}

function camel({ name }: OptionSpec): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
