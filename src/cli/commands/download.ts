// `prep download INPUT...`: any list of URLs to shards.
import { resolve } from "node:path";
import type { IncrementalMode } from "../../job/config.ts";
import { download, downloadSelection, finishedSelection, markOfInputs, openForDownload } from "../../run/download.ts";
import { onOutput } from "../../run/on-output.ts";
import { downloadSettings, inputFormat, outputFolder, shapeConfig } from "../configs.ts";
import { defaultsNotice, withRunDefaults } from "../defaults-by-input.ts";
import { starting } from "../describe-start.ts";
import { noticesFor } from "../ineffective-options.ts";
import { localPath } from "../local-path.ts";
import { givenOptions } from "../recorded-limits.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";

/** Downloads any list. Partitions of prep get the defaults of `prep run`; the output's own partitions continue its selection. */
export async function downloadCommand(call: VerbCall): Promise<void> {
  const { words, values, isDefault, typed } = call;
  const output = outputFolder(values, "download");
  const inputs = words.map((input) => localPath(input, "the input"));
  const opened = await onOutput(output, () => openForDownload(output));
  const mode = values["incrementalMode"] as IncrementalMode;
  const isOwn = inputs.length === 1 && resolve(inputs[0] ?? "") === resolve(output, "partitions");
  const selection = isOwn ? await finishedSelection(output) : undefined;
  const session = await openSession(call);
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
        ? downloadSelection(opened, selection, { shape, settings, mode, columns: shape }, effects)
        : download(opened, { ...asked, settings }, effects);
    session.finish(await onOutput(output, work));
  } finally {
    session.end();
  }
}
