// Shows a run's events as bars at the end of a terminal, with lines of text above them.
//
// cli-progress draws a bar. Its own rows neither wrap nor follow a resize and may cut the time left, so `LiveLines` draws the rows.
import { Format } from "cli-progress";
import type { RunEvent } from "../../job/events.ts";
import { fitted, widthOf } from "../shell/cell-text.ts";
import { wrapped } from "../shell/wrap.ts";
import type { Display } from "./display.ts";
import { eventLine } from "./lines.ts";
import { LiveLines } from "./live-lines.ts";
import { downloadLeft, downloadText, FetchRate, reasonsText, SelectionRate } from "./rate.ts";
import { laidOut, painted, type TextStyle } from "./text-style.ts";

/** Longest bar, in columns: longer ones are hard to compare. */
const MAX_BAR = 40;

/** Shortest bar, in columns: a shorter one says less than its percentage. */
const MIN_BAR = 5;

/** What a stage shows: its share from 0 to 1 (undefined if unknown), the text at the end of the bar, and lines below. */
interface Stage {
  readonly share: number | undefined;
  readonly end: string;
  readonly below: readonly string[];
}

/**
 * Draws a bar for each stage at work. `style` gives the terminal's width and colours at this moment; `rewraps` tells whether the
 * terminal wraps its text again when it is resized.
 */
export function barsDisplay(stream: NodeJS.WriteStream, style: () => TextStyle, rewraps: boolean): Display {
  const overall = new SelectionRate();
  const fetching = new FetchRate();
  const stages = new Map<string, Stage>();
  const render = (columns: number) =>
    [...stages].flatMap(([name, stage]) => stageLines(name, stage, columns).map((line) => colourful(cut(line, columns), style())));
  const live = new LiveLines(stream, render, rewraps);
  // A second Ctrl-C exits at once; the shell's prompt must then begin below the bars.
  const end = () => live.end();
  process.once("exit", end);
  const follow = (event: RunEvent) => {
    if (event.event === "selection_progress") {
      const share = Math.floor(overall.follow(event)) / 100;
      stages.set("select", { share, end: overall.left, below: [overall.text()] });
    } else if (event.event === "selection_finished") {
      if (stages.has("select")) stages.set("select", { share: 1, end: "", below: [] });
    } else if (event.event === "download_progress") {
      const share = event.rows > 0 ? Math.min(1, event.rowsDone / event.rows) : undefined;
      stages.set("download", { share, end: downloadLeft(event), below: [downloadText(event), reasonsText(event)] });
    } else if (event.event === "fetch_progress") {
      stages.set("fetch", { share: fetching.share, end: fetching.left, below: [fetching.text()] });
    } else return;
    live.changed();
  };
  return {
    listen: (event) => {
      overall.begin(event);
      fetching.follow(event);
      follow(event);
      const line = eventLine(event);
      if (line) live.print(laidOut(line, style()));
    },
    print: (text) => live.print(laidOut(text, style())),
    end: () => {
      process.off("exit", end);
      live.end();
    },
  };
}

/** A bar as long as the text beside it leaves room, and the words below it. */
function stageLines(name: string, { share, end, below }: Stage, columns: number): string[] {
  const words = below.filter((text) => text !== "").flatMap((text) => wrapped(`  ${text}`, columns));
  const percentage = share === undefined ? "" : ` ${String(Math.floor(100 * share)).padStart(3)} %`;
  const beside = `${percentage}${end === "" ? "" : `  ${end}`}`;
  const size = Math.min(MAX_BAR, columns - name.length - 1 - beside.length);
  if (share === undefined || size < MIN_BAR) return [`${name}${beside}`, ...words];
  return [`${name} ${Format.BarFormat(share, barOptions(size))}${beside}`, ...words];
}

/** Cuts a line at the width: a word may be wider than a narrow terminal. */
function cut(line: string, columns: number): string {
  return widthOf(line) > columns ? fitted(line, columns) : line;
}

function barOptions(size: number) {
  return { barsize: size, barCompleteString: "=".repeat(size), barIncompleteString: "-".repeat(size), barGlue: "" };
}

/** Adds colours, which take no columns, to a line that has its width. */
function colourful(line: string, style: TextStyle): string {
  return line.replace(/={3,}/, (full) => painted(full, "green", style)).replace(/ paused$/, (word) => painted(word, "yellow", style));
}
