// Bars of a run, and text above them, as a terminal emulator shows them at several widths.
import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { barsDisplay } from "../../src/cli/display/bars.ts";
import { textStyleOf } from "../../src/cli/display/text-style.ts";
import { widthOf } from "../../src/cli/shell/cell-text.ts";
import type { RunEvent } from "../../src/job/events.ts";
import { Emulator } from "../support/cli/emulator.ts";

/** A terminal stream that writes to an emulator. */
class Stream extends EventEmitter {
  readonly isTTY = true;
  readonly rows = 30;
  columns: number;
  readonly emulator: Emulator;

  constructor(columns: number, rewraps: boolean) {
    super();
    this.columns = columns;
    this.emulator = new Emulator(columns, this.rows, rewraps);
  }

  write(text: string): boolean {
    this.emulator.write(text);
    return true;
  }

  async resize(columns: number): Promise<void> {
    await this.emulator.resize(columns);
    this.columns = columns;
    this.emit("resize");
  }
}

function displayOn(columns: number, environment: Record<string, string> = {}, rewraps = true) {
  const stream = new Stream(columns, rewraps);
  const terminal = stream as unknown as NodeJS.WriteStream;
  const display = barsDisplay(terminal, () => textStyleOf(terminal, environment), rewraps);
  return { stream, display, rows: () => stream.emulator.rows(), words: () => stream.emulator.words() };
}

const PROGRESS: RunEvent = {
  event: "download_progress",
  packed: 870,
  failed: 130,
  downloadedBytes: 1e9,
  storedBytes: 1e8,
  rows: 3_340_000_000,
  rowsDone: 1_234_567_890,
  rowsPacked: 1_074_074_064,
  outcomes: { success: 1_074_074_064, http_404: 100_000_000, dns_not_found: 50_000_000, http_403: 10_493_826 },
  rowsPerSecond: 12_345,
  bytesPerSecond: 456_000_000,
  secondsLeft: 170_551,
  isPaused: false,
};

const NOTICES = [
  "--allow-private-network: downloads may also reach loopback and private addresses; anybody who writes a URL into the metadata can reach them",
  "the caption 山水画の掛け軸、江戸時代後期、紙本墨画 is wider than it is long, and /データ/写真/第一巻/part-00000.parquet is a path that has no blank",
];

describe.each([40, 60, 80, 120])("bars on a terminal of %i columns", (columns) => {
  it("show rows, rate, share, the top two reasons and the time left, and fit the width", async () => {
    const { display, rows, words } = displayOn(columns);
    display.listen(PROGRESS);
    for (const text of NOTICES) display.listen({ event: "notice", text });
    const shown = await rows();
    expect(shown.filter((row) => /^download\b.* 36 % {2}1 d 23 h left$/.test(row))).toHaveLength(1);
    expect(await words()).toMatch(
      /1,234,567,890 of 3,340,000,000 rows, 12,345 rows\/s, 87\.0 % ok, 456 MB\/s http_404 8\.1 %, dns_not_found 4\.1 %$/,
    );
    expect(await words()).not.toContain("http_403");
    for (const row of shown) expect(widthOf(row)).toBeLessThanOrEqual(columns);
    // Only the terminal may break the path.
    for (const text of NOTICES) expect((await words()).replaceAll(" ", "")).toContain(text.replaceAll(" ", ""));
    display.end();
  });

  it.each([true, false])("leave nothing behind after redraws, a resize (terminal rewraps: %s) and the end", async (rewraps) => {
    const { stream, display, rows, words } = displayOn(columns, {}, rewraps);
    for (const width of [columns, 31, 130, 25, columns]) {
      await stream.resize(width);
      display.listen(PROGRESS);
      display.print(`now ${width} columns`);
    }
    display.end();
    display.print("afterwards");
    const shown = await rows();
    expect(shown.filter((row) => row.startsWith("download"))).toHaveLength(1);
    expect(shown.filter((row) => row.includes("rows/s"))).toHaveLength(1);
    expect(shown.at(-1)).toBe("afterwards");
    expect((await words()).match(/now \d+ columns/g)).toEqual([columns, 31, 130, 25, columns].map((width) => `now ${width} columns`));
  });
});

describe("bars", () => {
  it("say paused instead of the time left while the run is paused", async () => {
    const { display, rows } = displayOn(80);
    display.listen({ ...PROGRESS, isPaused: true });
    display.end();
    expect((await rows())[0]).toMatch(/ 36 % {2}paused$/);
  });

  it("have colours if the terminal has, and the same text", async () => {
    const shown = await Promise.all(
      [{ TERM: "xterm" }, { TERM: "dumb" }, { TERM: "xterm", NO_COLOR: "1" }].map(async (environment) => {
        const { stream, display, rows } = displayOn(80, environment);
        let bytes = "";
        const write = stream.write.bind(stream);
        stream.write = (text) => {
          bytes += text;
          return write(text);
        };
        display.listen(PROGRESS);
        display.listen({ event: "notice", text: "a notice" });
        display.end();
        return { hasColours: /\[3\dm/.test(bytes), rows: await rows() };
      }),
    );
    expect(shown.map(({ hasColours }) => hasColours)).toEqual([true, false, false]);
    expect(shown[1]?.rows).toEqual(shown[0]?.rows);
    expect(shown[2]?.rows).toEqual(shown[0]?.rows);
  });

  it("of a finished stage stay while the next stage is drawn", async () => {
    const { display, rows } = displayOn(80);
    display.listen({ event: "selection_started", files: 1, bytes: 100, rows: 40 });
    display.listen({ event: "selection_progress", phase: "shuffle", percentage: 50, spilledBytes: 0 });
    display.listen({ event: "selection_finished", rowsRead: 40, rowsKept: 40, partitions: 2, isResumed: false });
    display.listen(PROGRESS);
    display.end();
    expect((await rows()).filter((row) => /^(select =+ 100 %|download )/.test(row))).toHaveLength(2);
  });
});

it("colours follow NO_COLOR, then FORCE_COLOR, then the terminal", () => {
  const pipe = { isTTY: false } as NodeJS.WriteStream;
  const terminal = { isTTY: true, columns: 0 } as NodeJS.WriteStream;
  expect(textStyleOf(pipe, {})).toEqual({ columns: undefined, hasColours: false });
  expect(textStyleOf(pipe, { FORCE_COLOR: "1" }).hasColours).toBe(true);
  expect(textStyleOf(terminal, { TERM: "xterm" })).toEqual({ columns: 80, hasColours: true });
  for (const environment of [{ TERM: "dumb" }, { NO_COLOR: "1", FORCE_COLOR: "1" }, { FORCE_COLOR: "0" }])
    expect(textStyleOf(terminal, environment).hasColours).toBe(false);
});
