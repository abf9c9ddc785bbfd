// `prep retry OUT`: downloads again what failed and may succeed now.
import { IncompleteError, UsageError } from "../../core/errors.ts";
import type { OutcomeCode } from "../../core/outcome.ts";
import { formatCount, formatDuration, plural } from "../../core/units.ts";
import { isFixed, valueName } from "../../job/options/spec.ts";
import { OPTIONS } from "../../job/options/table.ts";
import { OUTPUT_FORMAT_CHOICES } from "../../job/output-format-choices.ts";
import { hasPlan, lastSettings } from "../../run/last-start.ts";
import { onOutput } from "../../run/on-output.ts";
import { type Funnel, type RetrySummary, retryOutput } from "../../run/retry.ts";
import { downloadSettings, pictureLimits, shapeConfig } from "../configs.ts";
import { writeText } from "../display/text-style.ts";
import { localPath } from "../local-path.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { givenOptions, withRecorded } from "../recorded-limits.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";

const MAX_REASONS = 6;

/** Retries, and prints the funnel before and after. Only for a folder of img2dataset may options say how its pictures are treated. */
export async function retryCommand(call: VerbCall): Promise<void> {
  const { words, values, isDefault } = call;
  const output = localPath(words[0] ?? "", "the output");
  if (await hasPlan(output)) refuseFixedOptions(values, isDefault);
  const session = await openSession(call);
  try {
    // The shards of an adopted folder tell their format and sizes themselves.
    const shape = shapeConfig({ outputFormat: OUTPUT_FORMAT_CHOICES[0], numberSamplePerShard: 1, oomShardCount: 5, ...values }, "download");
    const recorded = withRecorded(values, isDefault, await lastSettings(output));
    if (recorded.notice) session.effects.emit({ event: "notice", text: recorded.notice });
    const settings = downloadSettings(recorded.values, session.effects.version, recorded.given);
    const blockLists = givenOptions(values, isDefault).includes("blockList") ? settings.blockLists : undefined;
    const amendment = { limits: pictureLimits(values, isDefault), blockLists };
    const summary = await onOutput(output, () => retryOutput(output, settings, shape, amendment, session.effects));
    session.end();
    if (values["json"] === true) process.stdout.write(`${JSON.stringify({ event: "retried", ...summary })}\n`);
    else for (const line of retryLines(summary)) writeText(process.stdout, line);
    if (summary.shardsUndone > 0)
      throw new IncompleteError(`${plural(summary.shardsUndone, "shard")} could not be retried`, "Start the same command again.");
  } finally {
    session.end();
  }
}

function refuseFixedOptions(values: OptionValues, isDefault: (name: string) => boolean): void {
  const names = givenOptions(values, isDefault);
  const given = OPTIONS.find((option) => isFixed(option) && names.includes(valueName(option)));
  if (given) throw new UsageError(`--${given.name} is fixed by the run that made this output`, "Leave it out.");
}

function retryLines({ before, after, shards, elapsedMs }: RetrySummary): string[] {
  const line = (name: string, of: (funnel: Funnel) => number) =>
    `  ${name.padEnd(22)} ${formatCount(of(before)).padStart(12)} -> ${formatCount(of(after)).padStart(12)}`;
  const reasons = (Object.entries(before.outcomes) as [OutcomeCode, number][])
    .filter(([code, count]) => code !== "success" && count !== (after.outcomes[code] ?? 0))
    .sort(([, left], [, right]) => right - left)
    .slice(0, MAX_REASONS);
  return [
    line("packed", ({ packed }) => packed),
    line("failed", ({ failed }) => failed),
    line("of these may pass yet", ({ retryable }) => retryable),
    ...reasons.map(([code]) => line(`  ${code}`, ({ outcomes }) => outcomes[code] ?? 0)),
    `${plural(shards, "shard has", "shards have")} another generation, ${plural(after.packed - before.packed, "sample")} more, ${formatDuration(elapsedMs)}`,
  ];
}
