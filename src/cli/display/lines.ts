// Shows a run's events as lines of a log: one for each phase, and one for each interval.
import { formatBytes, formatCount, plural } from "../../core/units.ts";
import type { RunEvent } from "../../job/events.ts";
import type { Display } from "./display.ts";
import { downloadLeft, downloadText, FetchRate, reasonsText, SelectionRate } from "./rate.ts";

/** Shortest time between two lines of progress. */
const INTERVAL_MS = 10_000;

/** The line of text for an event; undefined for events without one. Bars print it above themselves. */
export function eventLine(event: RunEvent): string | undefined {
  switch (event.event) {
    case "notice":
      return `notice: ${event.text}`;
    case "selection_started":
      return `reading ${plural(event.rows, "row")} in ${plural(event.files, "file")} (${formatBytes(event.bytes)})`;
    case "selection_finished":
      return `kept ${keptText(event)} in ${plural(event.partitions, "partition")}${event.isResumed ? " (done earlier)" : ""}`;
    case "shards_planned": {
      const { rows, files, shards, smallestShard, largestShard, isEqualCut } = event;
      const sizes = `${smallestShard < largestShard ? `${formatCount(smallestShard)} to ` : ""}${plural(largestShard, "row")}`;
      return `plan: ${plural(rows, "row")} in ${plural(files, isEqualCut ? "partition" : "file")}, ${plural(shards, "shard")} of ${sizes}`;
    }
    case "download_started":
      return `downloading ${plural(event.samples, "sample")} into ${plural(event.shards, "shard")}${
        event.shardsDone > 0 ? `; ${plural(event.shardsDone, "shard was", "shards were")} done earlier` : ""
      }`;
    case "worker_died":
      return `a worker process died (${event.reason}); its shards are begun again`;
    case "fetch_started":
      return `fetching ${plural(event.files, "file")} (${formatBytes(event.bytes)}) of ${event.dataset} at ${event.commit}${
        event.filesDone > 0 ? `; ${plural(event.filesDone, "was", "were")} done earlier` : ""
      }`;
    default:
      return undefined;
  }
}

/** Rows kept, as a part of the metadata unless they are not: the rows of a join are no part of it. */
function keptText({ rowsKept, rowsRead, isShare }: Extract<RunEvent, { event: "selection_finished" }>): string {
  const kept = formatCount(rowsKept);
  return isShare === false
    ? `${plural(rowsKept, "row")} (the metadata has ${formatCount(rowsRead)})`
    : `${kept} of ${plural(rowsRead, "row")}`;
}

/** Prints to a log, each text on its own line. */
export function linesDisplay(print: (text: string) => void): Display {
  const overall = new SelectionRate();
  const fetching = new FetchRate();
  let lastAt = performance.now();
  return {
    listen: (event) => {
      overall.begin(event);
      fetching.follow(event);
      const line = eventLine(event);
      if (line) print(line);
      if (performance.now() - lastAt < INTERVAL_MS) return;
      if (event.event === "selection_progress") print(`${overall.follow(event).toFixed(0)} %: ${overall.text()}, ${overall.left}`);
      else if (event.event === "download_progress")
        print([downloadText(event), reasonsText(event), downloadLeft(event)].filter((text) => text !== "").join(", "));
      else if (event.event === "fetch_progress") print(`${fetching.text()}, ${fetching.left}`);
      else return;
      lastAt = performance.now();
    },
    print,
    end: () => undefined,
  };
}
