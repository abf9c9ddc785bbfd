// Notes of waits, as `prep status` reads them.
import { once } from "node:events";
import { existsSync, readFileSync, watch } from "node:fs";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { PauseNotes, readPauses } from "../../../src/output/status/pause-notes.ts";
import { ownProcess } from "../../../src/store/locks/process-name.ts";
import { withFolder } from "../../support/parquet.ts";
import { deadProcess, ELSEWHERE, livingProcess } from "../../support/process-names.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** An output with a folder for temporary files. */
const withOutput = (work: (output: string, temporary: string) => Promise<void>) =>
  withFolder(async (output) => {
    const temporary = join(output, "_prep", "tmp");
    await mkdir(temporary, { recursive: true });
    await work(output, temporary);
  });

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));

it("a wait has a note from its begin to its end, which is touched now and then and then removed", () =>
  withOutput(async (output, temporary) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    let now = 0;
    const notes = new PauseNotes(output, () => at(now).getTime());
    notes.told("the disk is full", { of: "disk", isOver: false });
    await vi.waitFor(async () => expect((await readPauses(output))[0]?.text).toBe("the disk is full"));
    now = 25;
    vi.advanceTimersByTime(20_000);
    const expected = { of: "disk", since: at(0).toISOString(), heard: at(25).toISOString(), text: "the disk is full" };
    await vi.waitFor(async () => expect(await readPauses(output)).toEqual([expected]));
    notes.told("there is space again", { of: "disk", isOver: true });
    notes.told("no host answers", { of: "network", isOver: false });
    await notes.close();
    expect(await readPauses(output)).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  }));

it("a note has its whole text as soon as its name exists", () =>
  withOutput(async (output, temporary) => {
    const met: string[] = [];
    // The kernel reports a name as it appears, and the note is read at once.
    const watcher = watch(temporary, (_, name) => {
      if (name?.startsWith("pause-") && existsSync(join(temporary, name))) met.push(readFileSync(join(temporary, name), "utf8"));
    });
    const first = once(watcher, "change");
    const notes = new PauseNotes(output, () => 0);
    notes.told("no host answers", { of: "network", isOver: false });
    await first;
    await vi.waitFor(() => expect(met.length).toBeGreaterThan(0));
    watcher.close();
    for (const text of met) expect(text).toContain("no host answers");
    await notes.close();
  }));

it("waits for one thing count as one since the first, without dead processes and with those of other machines", () =>
  withOutput(async (output, temporary) => {
    const note = async (name: string, since: Date, heard: Date, text?: string) => {
      const path = join(temporary, name);
      await writeFile(path, text === undefined ? "" : JSON.stringify({ since, text }));
      await utimes(path, heard, heard);
    };
    const living = await livingProcess(output);
    await note(`pause-network.${ownProcess()}.new`, at(20), at(30), "second");
    await note(`pause-network.${living.name}.new`, at(10), at(25), "first");
    await note(`pause-network.${await deadProcess(output)}.new`, at(0), at(40), "dead");
    // The disk had space for the name alone.
    await note(`pause-disk.${ELSEWHERE}.new`, at(0), at(50));
    expect((await readPauses(output)).sort((left, right) => left.of.localeCompare(right.of))).toEqual([
      { of: "disk", since: expect.any(String), heard: at(50).toISOString(), text: "the disk is full" },
      { of: "network", since: at(10).toISOString(), heard: at(30).toISOString(), text: "first" },
    ]);
    await living.kill();
  }));

it("a note that cannot be written is no error", async () => {
  const notes = new PauseNotes("/nowhere/at/all", Date.now);
  notes.told("no host answers", { of: "network", isOver: false });
  await notes.close();
  expect(await readPauses("/nowhere/at/all")).toEqual([]);
});
