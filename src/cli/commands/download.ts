// The process edge: `prep download`, stage two alone.
import { resolve } from "node:path";
import type { IncrementalMode } from "../../run/config.ts";
import { markOfInputs } from "../../run/marked-inputs.ts";
import { download, downloadSelection, finishedSelection, finishOverwrite } from "../../run/run.ts";
import { downloadSettings, inputFormat, outputFolder, shapeConfig } from "../configs.ts";
import { defaultsNotice, withRunDefaults } from "../download-defaults.ts";
import { localPath } from "../local-path.ts";
import { noticesFor } from "../notices.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { openSession } from "../session.ts";

/** Downloads any list; partitions of ours are downloaded as `prep run` would, those of the output's own selection as a part of it. */
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
    const columns = selection ?? (await markOfInputs(inputs, inputFormat(values)));
    const verb = columns ? "run" : "download";
    const asked = columns ? withRunDefaults(values, isDefault, columns) : values;
    const taken = defaultsNotice(values, isDefault, verb);
    if (taken !== undefined) session.effects.emit({ event: "notice", text: taken });
    const shape = shapeConfig(asked, verb);
    const settings = downloadSettings(asked, session.effects.version);
    session.finish(
      selection
        ? await downloadSelection(selection, { output, shape, settings, columns: shape }, session.effects, mode)
        : await download({ inputs, inputFormat: inputFormat(values), output, mode, shape, settings }, session.effects),
    );
  } finally {
    session.end();
  }
}
