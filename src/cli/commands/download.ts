// The process edge: `prep download`, stage two alone.
import { resolve } from "node:path";
import type { IncrementalMode } from "../../run/config.ts";
import { download, downloadSelection, finishedSelection, finishOverwrite } from "../../run/run.ts";
import { downloadSettings, inputFormat, outputFolder, shapeConfig } from "../configs.ts";
import { localPath } from "../local-path.ts";
import { noticesFor } from "../notices.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { defaultOf } from "../options/spec.ts";
import { OPTIONS } from "../options/table.ts";
import { openSession } from "../session.ts";

/** Downloads any list; the partitions of the output's own selection are downloaded as `prep run` would. */
export async function downloadCommand(words: readonly string[], values: OptionValues, isDefault: (name: string) => boolean): Promise<void> {
  const output = outputFolder(values, "download");
  const inputs = words.map((input) => localPath(input, "the input"));
  await finishOverwrite(output);
  const mode = values["incrementalMode"] as IncrementalMode;
  const isOwn = inputs.length === 1 && resolve(inputs[0] ?? "") === resolve(output, "partitions");
  const selection = isOwn ? await finishedSelection(output) : undefined;
  const session = await openSession(values);
  for (const text of noticesFor(values)) session.effects.emit({ event: "notice", text });
  try {
    const settings = downloadSettings(values, session.effects.version);
    if (selection) {
      const asRun = withRunDefaults(values, isDefault);
      session.finish(await downloadSelection(selection, { output, shape: shapeConfig(asRun, "run"), settings }, session.effects, mode));
    } else {
      session.finish(
        await download(
          { inputs, inputFormat: inputFormat(values), output, mode, shape: shapeConfig(values, "download"), settings },
          session.effects,
        ),
      );
    }
  } finally {
    session.end();
  }
}

/** The values with `prep run`'s defaults wherever the user gave none. */
function withRunDefaults(values: OptionValues, isDefault: (name: string) => boolean): OptionValues {
  const result: Record<string, unknown> = { ...values };
  for (const option of OPTIONS) {
    const name = option.name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (option.verbs.includes("download") && (isDefault(name) || values[name] === undefined)) {
      const fallback = defaultOf(option, "run");
      if (fallback !== undefined && option.kind !== "bytes") result[name] = fallback;
    }
  }
  return result;
}
