// The process edge: `prep continue OUT`, on with what an output's records say.
import { join } from "node:path";
import { readLastSettings } from "../../output/download-plan.ts";
import { onOutput } from "../../output/on-output.ts";
import { readStart } from "../../output/start-record.ts";
import { continueOutput } from "../../run/continue.ts";
import { downloadSettings, pictureLimits, resources } from "../configs.ts";
import { localPath } from "../local-path.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { givenOptions, withRecorded } from "../recorded-limits.ts";
import { openSession } from "../session.ts";
import { namedResources } from "../starting.ts";

/** Goes on with an output, and prints what it came to; with nothing to do it says so. */
export async function continueCommand(words: string, values: OptionValues, isDefault: (name: string) => boolean): Promise<void> {
  const output = localPath(words, "the output");
  const recorded = withRecorded(values, isDefault, await readLastSettings(output), "all");
  const failUnder = values["failUnder"] ?? (await readStart(output))?.failUnder;
  const session = await openSession({ ...values, failUnder });
  const { effects } = session;
  try {
    const settings = downloadSettings(recorded.values, effects.version, recorded.given);
    const blockLists = givenOptions(values, isDefault).includes("blockList") ? settings.blockLists : undefined;
    const config = {
      output,
      run: values["run"] as string | undefined,
      settings,
      amendment: { limits: pictureLimits(values, isDefault), blockLists },
      resources: { machine: resources({}), given: namedResources(values) },
    };
    const told = () => recorded.notice && effects.emit({ event: "notice", text: recorded.notice });
    const continued = await onOutput(output, () => continueOutput(config, effects, told));
    if (continued.kind === "downloaded") return session.finish(continued.summary);
    session.end();
    if (continued.kind === "done") effects.emit({ event: "notice", text: continued.text });
    if (values["json"] !== true) process.stdout.write(`${continued.kind === "selected" ? join(output, "partitions") : output}\n`);
  } finally {
    session.end();
  }
}
