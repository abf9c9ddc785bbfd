// `prep continue OUT`: goes on with an output as its records say.
import { join } from "node:path";
import { continueOutput } from "../../run/continue.ts";
import { lastFailUnder, lastSettings } from "../../run/last-start.ts";
import { onOutput } from "../../run/on-output.ts";
import { downloadSettings, pictureLimits, resources } from "../configs.ts";
import { namedResources } from "../describe-start.ts";
import { localPath } from "../local-path.ts";
import { givenOptions, withRecorded } from "../recorded-limits.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";

/** Goes on with an output and prints its summary; says so if nothing is left to do. */
export async function continueCommand(call: VerbCall): Promise<void> {
  const { words, values, isDefault } = call;
  const output = localPath(words[0] ?? "", "the output");
  const recorded = withRecorded(values, isDefault, await lastSettings(output), "all");
  const failUnder = values["failUnder"] ?? (await lastFailUnder(output));
  const session = await openSession({ ...call, values: { ...values, failUnder } });
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
