// Chooses the defaults of `prep download`: img2dataset's for lists, `prep run`'s for partitions.
import { defaultOf, type OptionSpec, takesOption, valueName } from "../job/options/spec.ts";
import { OPTIONS } from "../job/options/table.ts";
import type { OptionValues } from "./options/commander-options.ts";
import { optionText } from "./recorded-limits.ts";

/** The columns of partitions of prep that hold the URL and the caption. */
export interface MarkedColumns {
  readonly urlColumn: string;
  readonly captionColumn?: string | undefined;
}

/** Whether an option, by its name in camel case, has its value from its default. */
type IsDefault = (name: string) => boolean;

/** The values, with the defaults of `prep run` and these columns for options that the user did not give. */
export function withRunDefaults(values: OptionValues, isDefault: IsDefault, { urlColumn, captionColumn }: MarkedColumns): OptionValues {
  const result: Record<string, unknown> = { ...values };
  for (const option of differing()) if (isOpen(option, values, isDefault)) result[valueName(option)] = defaultOf(option, "run");
  if (isDefault("urlCol") || values["urlCol"] === undefined) result["urlCol"] = urlColumn;
  result["captionCol"] = values["captionCol"] ?? captionColumn;
  return result;
}

/** Says which defaults this kind of input gets that the other does not; undefined if the user gave all these options. */
export function defaultsNotice(values: OptionValues, isDefault: IsDefault, verb: "run" | "download"): string | undefined {
  const taken = differing()
    .filter((option) => isOpen(option, values, isDefault))
    .flatMap((option) => defaultWords(option, defaultOf(option, verb)));
  const whose =
    verb === "run"
      ? "the inputs are partitions of prep, so the defaults of prep run apply"
      : "the input is a list, so img2dataset's defaults apply";
  return taken.length === 0 ? undefined : `${whose}: ${taken.join(" ")}`;
}

/** The options whose default depends on the input. */
function differing(): OptionSpec[] {
  return OPTIONS.filter(
    (option) => takesOption(option, "run") && takesOption(option, "download") && defaultOf(option, "run") !== defaultOf(option, "download"),
  );
}

function isOpen(option: OptionSpec, values: OptionValues, isDefault: IsDefault): boolean {
  return isDefault(valueName(option)) || values[valueName(option)] === undefined;
}

/** A default as the command line writes it; nothing for none, or for a flag that is off. */
function defaultWords(option: OptionSpec, value: unknown): string[] {
  return value === undefined || value === false ? [] : [optionText(valueName(option), value)];
}
