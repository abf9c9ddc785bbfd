// A run's events as bars at the end of a terminal, with lines of text above them.
//
// cli-progress draws a bar. Its own rows cannot wrap, be resized or leave the time left whole, so `LiveLines` keeps the rows.
import { Format } from "cli-progress";
import type { RunEvent } from "../../job/events.ts";
import { fitted, widthOf } from "../shell/cell-text.ts";
import { wrapped } from "../shell/wrap.ts";
import type { Display } from "./display.ts";
import { eventLine } from "./lines.ts";
import { LiveLines } from "./live-lines.ts";
import { laidOut, type Paper, painted } from "./paper.ts";
import { downloadLeft, downloadText, FetchRate, reasonsText, SelectionRate } from "./rate.ts";

/** A bar longer than this is hard to compare with another one. */
const MAX_BAR = 40;

/** A shorter one says less than its percentage. */
const MIN_BAR = 5;

/** What a stage shows: its share from 0 to 1 (undefined: nobody knows), what stands at the end of the bar, and lines below. */
interface Stage {
  readonly share: number | undefined;
  readonly end: string;
  readonly below: readonly string[];
}

/** Draws a bar for the selection and one for the download; `paper` says what the terminal is like at this moment, `isWrappingAnew` what becomes of its text when it is resized. */
export function barsDisplay(stream: NodeJS.WriteStream, paper: () => Paper, isWrappingAnew: boolean): Display {
  const overall = new SelectionRate();
  const fetching = new FetchRate();
  const stages = new Map<string, Stage>();
  const render = (columns: number) =>
    [...stages].flatMap(([name, stage]) => stageLines(name, stage, columns).map((line) => colourful(cut(line, columns), paper())));
  const live = new LiveLines(stream, render, isWrappingAnew);
  // A second Ctrl-C exits at once: what comes next begins below the bars.
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
      if (line) live.print(laidOut(line, paper()));
    },
    print: (text) => live.print(laidOut(text, paper())),
    end: () => {
      process.off("exit", end);
      live.end();
    },
  };
}

/** A bar that gives way to what stands beside it, and the words below it. */
function stageLines(name: string, { share, end, below }: Stage, columns: number): string[] {
  const words = below.filter((text) => text !== "").flatMap((text) => wrapped(`  ${text}`, columns));
  const percentage = share === undefined ? "" : ` ${String(Math.floor(100 * share)).padStart(3)} %`;
  const beside = `${percentage}${end === "" ? "" : `  ${end}`}`;
  const size = Math.min(MAX_BAR, columns - name.length - 1 - beside.length);
  if (share === undefined || size < MIN_BAR) return [`${name}${beside}`, ...words];
  return [`${name} ${Format.BarFormat(share, barOptions(size))}${beside}`, ...words];
}

/** A word may be wider than a very narrow terminal. */
function cut(line: string, columns: number): string {
  return widthOf(line) > columns ? fitted(line, columns) : line;
}

function barOptions(size: number) {
  return { barsize: size, barCompleteString: "=".repeat(size), barIncompleteString: "-".repeat(size), barGlue: "" };
}

/** After the lines have their width: colours take no columns. */
function colourful(line: string, paper: Paper): string {
  return line.replace(/={3,}/, (full) => painted(full, "green", paper)).replace(/ paused$/, (word) => painted(word, "yellow", paper));
}
