// The process edge: a run's events as bars on a terminal.
import { MultiBar, type SingleBar } from "cli-progress";
import type { RunEvent } from "../../run/events.ts";
import { eventLine } from "./lines.ts";
import { DownloadRate, FetchRate, SelectionRate } from "./rate.ts";

/** Draws one bar for the selection and one for the download; lines of text go above them. */
export function barsDisplay(stream: NodeJS.WriteStream): { listen: (event: RunEvent) => void; end: () => void } {
  const bars = new MultiBar({
    stream,
    hideCursor: true,
    clearOnComplete: false,
    fps: 8,
    format: "{name} {bar} {percentage} % {text}",
    barsize: 30,
  });
  const rate = new DownloadRate();
  const overall = new SelectionRate();
  let selection: SingleBar | undefined;
  let download: SingleBar | undefined;
  const fetching = new FetchRate();
  let fetched: SingleBar | undefined;
  return {
    listen: (event) => {
      rate.follow(event);
      overall.begin(event);
      fetching.follow(event);
      const line = eventLine(event);
      if (line) {
        // The library prints above its bars only what ends in a line break, and only while it has a bar.
        if (selection || download || fetched) bars.log(`${line}\n`);
        else stream.write(`${line}\n`);
      }
      if (event.event === "selection_progress") {
        selection ??= bars.create(100, 0, { name: "select  ", text: "" });
        selection.update(Math.floor(overall.follow(event)), { text: overall.text() });
      } else if (event.event === "selection_finished") {
        selection?.update(100, { text: "" });
      } else if (event.event === "download_started") {
        download = bars.create(Math.max(1, event.samples), event.samplesDone, { name: "download", text: "" });
      } else if (event.event === "download_progress") {
        download?.update(rate.done, { text: rate.text() });
      } else if (event.event === "fetch_started") {
        fetched = bars.create(Math.max(1, event.bytes), event.bytesDone, { name: "fetch   ", text: "" });
      } else if (event.event === "fetch_progress") {
        fetched?.update(event.bytes, { text: fetching.text() });
      }
    },
    end: () => bars.stop(),
  };
}
