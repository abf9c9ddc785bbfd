// The process edge: `prep download`, stage two alone.
import { resolve } from "node:path";
import type { IncrementalMode } from "../../job/config.ts";
import { onOutput } from "../../output/on-output.ts";
import { markOfInputs } from "../../plan/marked-inputs.ts";
import { download, downloadSelection, finishedSelection, finishOverwrite } from "../../run/run.ts";
import { downloadSettings, inputFormat, outputFolder, shapeConfig } from "../configs.ts";
import { defaultsNotice, withRunDefaults } from "../download-defaults.ts";
import { localPath } from "../local-path.ts";
import { noticesFor } from "../notices.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { givenOptions } from "../recorded-limits.ts";
import { openSession } from "../session.ts";
import { starting } from "../starting.ts";

/** Downloads any list; partitions of ours are downloaded as `prep run` would, those of the output's own selection as a part of it. */
export async function downloadCommand(
  words: readonly string[],
  values: OptionValues,
  isDefault: (name: string) => boolean,
  typed: readonly string[],
): Promise<void> {
  const output = outputFolder(values, "download");
  const inputs = words.map((input) => localPath(input, "the input"));
  await onOutput(output, () => finishOverwrite(output));
  const mode = values["incrementalMode"] as IncrementalMode;
  const isOwn = inputs.length === 1 && resolve(inputs[0] ?? "") === resolve(output, "partitions");
  const selection = isOwn ? await finishedSelection(output) : undefined;
  const session = await openSession(values);
  for (const text of noticesFor(values)) session.effects.emit({ event: "notice", text });
  try {
    const columns = selection ?? (await markOfInputs(inputs, inputFormat(values)));
    const verb = columns ? "run" : "download";
    const chosen = columns ? withRunDefaults(values, isDefault, columns) : values;
    const taken = defaultsNotice(values, isDefault, verb);
    if (taken !== undefined) session.effects.emit({ event: "notice", text: taken });
    const settings = downloadSettings(chosen, session.effects.version, givenOptions(values, isDefault));
    const shape = shapeConfig(chosen, verb);
    const asked = { inputs, inputFormat: inputFormat(values), mode, shape };
    const started = { verb: "download", ...asked, inputs: inputs.map((input) => resolve(input)) } as const;
    const effects = { ...session.effects, start: starting(typed, values, started, settings) };
    const work = () =>
      selection
        ? downloadSelection(selection, { output, shape, settings, columns: shape }, effects, mode)
        : download({ ...asked, output, settings }, effects);
    session.finish(await onOutput(output, work));
  } finally {
    session.end();
  }
}
