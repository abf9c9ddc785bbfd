// What every verb that works for long shares: display, signals, and the effects handed to the run.
import { QualityError } from "../core/errors.ts";
import { shellWord } from "../core/shell-word.ts";
import { formatCount, formatShare, plural } from "../core/units.ts";
import type { RunEffects } from "../job/config.ts";
import type { RunEvent, RunSummary } from "../job/events.ts";
import { withProxy } from "../run/proxies.ts";
import type { Display } from "./display/display.ts";
import { jsonDisplay } from "./display/json.ts";
import { eventLine, linesDisplay } from "./display/lines.ts";
import { nextSteps, summaryLines } from "./display/summary.ts";
import { textStyleOf, writeText } from "./display/text-style.ts";
import { PROGRAM, packageVersion } from "./package-facts.ts";
import { queryPlaces } from "./query-places.ts";
import { stopSignal } from "./signals.ts";
import type { VerbCall } from "./verb.ts";

/** A verb at work. */
export interface Session {
  readonly effects: RunEffects;
  /** Text for people on stderr, nothing with --quiet or --json. */
  say(text: string): void;
  /**
   * Ends the display and prints the summary: text on stderr and the output's path on stdout, or one JSON event. Prints neither
   * path nor next steps if the output is about to be removed. Throws QualityError if --fail-under asks for more.
   */
  finish(summary: RunSummary, isKept?: boolean): void;
  /** Ends the display alone. */
  end(): void;
}

/** Chooses the display by --json, --quiet and the terminal, and starts listening for Ctrl-C. */
export async function openSession({ values, verbs }: Pick<VerbCall, "values" | "verbs">): Promise<Session> {
  const isJson = values["json"] === true;
  const isQuiet = values["quiet"] === true;
  const print = (text: string) => writeText(process.stderr, text);
  const display = await chooseDisplay(isJson, isQuiet, print);
  const say = (text: string) => {
    if (!isJson && !isQuiet) display.print(text);
  };
  let atStake = 0;
  const listen = (event: RunEvent) => {
    if (event.event === "download_started") atStake = event.killCost?.samples ?? 0;
    if (event.event !== "resolved") return display.listen(event);
    if (values["showColumns"] === true) for (const line of event.lines) (isJson ? print : display.print)(line);
  };
  return {
    effects: {
      emit: listen,
      signal: stopSignal(
        (text) => (isJson ? print : display.print)(text),
        () => costText(atStake),
      ),
      environment: withProxy(process.env, values["proxy"] as string | undefined),
      now: Date.now,
      waits: values["wait"] === true,
      ...queryPlaces(verbs),
      program: PROGRAM,
      version: packageVersion(),
    },
    say,
    finish: (summary, isKept = true) => {
      listen({ event: "finished", summary });
      display.end();
      if (isJson) return insistOnQuality(summary, values["failUnder"]);
      const style = textStyleOf(process.stderr, process.env);
      for (const line of summaryLines(summary, style)) print(line);
      // Commands are not wrapped, so that they can be copied.
      if (!isQuiet && isKept) for (const line of nextSteps(summary, style)) process.stderr.write(`${line}\n`);
      if (isKept) process.stdout.write(`${summary.output}\n`);
      insistOnQuality(summary, values["failUnder"]);
    },
    end: () => display.end(),
  };
}

/** JSON, pauses alone, bars if the terminal can move its cursor, else lines. */
async function chooseDisplay(isJson: boolean, isQuiet: boolean, print: (text: string) => void): Promise<Display> {
  if (isJson) return jsonDisplay((line) => process.stdout.write(line));
  if (isQuiet) return { listen: (event) => pauseLine(event, print), print, end: () => undefined };
  if (!process.stderr.isTTY || process.env["TERM"] === "dumb") return linesDisplay(print);
  const { barsDisplay } = await import("./display/bars.ts");
  const { rewrapsText } = await import("./display/live-lines.ts");
  return barsDisplay(process.stderr, () => textStyleOf(process.stderr, process.env), rewrapsText(process.env));
}

/** Even with --quiet a user must learn why nothing happens. */
function pauseLine(event: RunEvent, print: (text: string) => void): void {
  const line = event.event === "notice" && event.pause ? eventLine(event) : undefined;
  if (line !== undefined) print(line);
}

/** What a stop costs, as a clause of a sentence. */
function costText(samples: number): string {
  return samples === 0 ? "" : `, up to ${plural(samples, "sample")} of open shards will be downloaded again`;
}

/** Throws QualityError if a smaller share of the rows is packed than was asked for. A run without rows passes. */
function insistOnQuality({ packed, rowsKept, output }: RunSummary, least: unknown): void {
  if (typeof least !== "number" || rowsKept === 0 || packed / rowsKept >= least) return;
  throw new QualityError(
    `${formatCount(packed)} of ${plural(rowsKept, "row")} are packed (${formatShare(packed, rowsKept)}), --fail-under ${least} asks for more`,
    `The output in ${output} is whole; prep retry ${shellWord(output)} tries again what may pass.`,
  );
}
