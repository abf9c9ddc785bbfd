// Commits of attempts: one winner, whole files, and publications that anybody finishes.
import { mkdir, readdir, readFile, rename, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CommitRecord } from "../../../src/store/commit-record.ts";
import { LocalAttempt } from "../../../src/store/local/attempt.ts";
import { sweep } from "../../../src/store/local/attempts.ts";
import { publish, readRecord } from "../../../src/store/local/publish.ts";
import { temporaryFolder } from "../../../src/store/local/temporary-folder.ts";
import { isLockName } from "../../../src/store/locks/process-lock.ts";
import { withFolder } from "../../support/parquet.ts";

const recordOf = (attempt: LocalAttempt, name = "00000.tar"): CommitRecord => ({
  format_version: 1,
  attempt: attempt.id,
  files: [{ name, bytes: 1 }],
});

async function begun(output: string, text: string): Promise<LocalAttempt> {
  const attempt = new LocalAttempt(output, "00000");
  await attempt.begin();
  await writeFile(attempt.path("00000.tar"), text);
  return attempt;
}

/** The temporary files besides the lock of this process. */
const attemptsIn = async (output: string) => (await readdir(temporaryFolder(output))).filter((name) => !isLockName(name));

describe("a commit", () => {
  it("makes the files visible only together with their record", () =>
    withFolder(async (output) => {
      const attempt = await begun(output, "mine");
      expect(await readdir(output)).toEqual(["_prep"]);
      expect(await attempt.commit("00000_stats.json", recordOf(attempt))).toBe(true);
      expect((await readdir(output)).sort()).toEqual(["00000.tar", "00000_stats.json", "_prep"]);
      expect(await readdir(temporaryFolder(output))).toEqual([]);
    }));

  it("has one winner among racing attempts, and publishes its files", () =>
    withFolder(async (output) => {
      const attempts = await Promise.all(Array.from({ length: 12 }, (_, index) => begun(output, `attempt ${index}`)));
      const won = await Promise.all(attempts.map((attempt) => attempt.commit("00000_stats.json", recordOf(attempt))));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await readFile(join(output, "00000.tar"), "utf8")).toBe(`attempt ${won.indexOf(true)}`);
      expect(await readdir(temporaryFolder(output))).toEqual([]);
    }));

  it("is neither published nor read if its record names files outside the output", () =>
    withFolder(async (folder) => {
      const output = join(folder, "out");
      const victim = join(folder, "victim");
      await mkdir(output);
      await mkdir(victim);
      await writeFile(join(victim, "letter"), "dear");
      const attempt = await begun(output, "mine");
      const good = recordOf(attempt);
      const bad = [
        { ...good, attempt: "../../../victim" },
        { ...good, attempt: ".." },
        { ...good, attempt: "" },
        ...["../victim/letter", "a/../../victim/letter", join(victim, "letter"), "..\\victim", ""].map((name) => ({
          ...good,
          files: [{ name, bytes: 1 }],
        })),
      ];
      for (const record of bad) {
        await expect(publish(output, record)).rejects.toThrow(/names files outside its output/);
        await writeFile(join(output, "00000_stats.json"), JSON.stringify(record));
        await expect(readRecord(join(output, "00000_stats.json"))).rejects.toThrow(/names files outside its output/);
      }
      expect(await readFile(join(victim, "letter"), "utf8")).toBe("dear");
      expect(await attemptsIn(output)).toEqual([attempt.id]);
    }));

  it("is finished by the next process that finds the record", () =>
    withFolder(async (output) => {
      const attempt = await begun(output, "mine");
      const record = recordOf(attempt);
      await writeFile(join(output, "00000_stats.json"), JSON.stringify(record));
      expect(await publish(output, record)).toEqual([]);
      expect(await readFile(join(output, "00000.tar"), "utf8")).toBe("mine");
      expect(await publish(output, record)).toEqual([]);
    }));

  it("says which committed files are lost", () =>
    withFolder(async (output) => {
      const attempt = new LocalAttempt(output, "00000");
      expect(await publish(output, recordOf(attempt))).toEqual(["00000.tar"]);
    }));

  it("publishes a folder as it does a file", () =>
    withFolder(async (output) => {
      const attempt = new LocalAttempt(output, "selection");
      await attempt.begin();
      await mkdir(attempt.path("partitions"));
      await writeFile(attempt.path("partitions/part-00000.parquet"), "x");
      await attempt.commit("selection.json", recordOf(attempt, "partitions"));
      expect(await readdir(join(output, "partitions"))).toEqual(["part-00000.parquet"]);
    }));

  it("sweeps the leftovers of finished subjects and nothing else", () =>
    withFolder(async (output) => {
      const dead = await begun(output, "dead");
      const other = new LocalAttempt(output, "00001");
      await other.begin();
      await sweep(output, (subject) => subject === "00000");
      expect(await attemptsIn(output)).toEqual([other.id]);
      expect(dead.id).not.toBe(other.id);
    }));

  it("refuses a damaged record instead of ignoring it", () =>
    withFolder(async (output) => {
      await writeFile(join(output, "00000_stats.json"), '{"format_version": 1, "att');
      await expect(readRecord(join(output, "00000_stats.json"))).rejects.toThrow("damaged");
      expect(await readRecord(join(output, "00001_stats.json"))).toBeUndefined();
    }));
});

describe("a publication that fails half-way", () => {
  it("leaves the committed files with the attempt, and the next one finishes it", () =>
    withFolder(async (output) => {
      const attempt = await begun(output, "mine");
      // A folder of that name cannot be replaced by a file.
      await mkdir(join(output, "00000.tar"));
      await expect(attempt.commit("00000_stats.json", recordOf(attempt))).rejects.toThrow();
      await attempt.abandon();
      expect(await readFile(attempt.path("00000.tar"), "utf8")).toBe("mine");
      await rmdir(join(output, "00000.tar"));
      const record = await readRecord(join(output, "00000_stats.json"));
      expect(record && (await publish(output, record))).toEqual([]);
      expect(await readFile(join(output, "00000.tar"), "utf8")).toBe("mine");
    }));

  it("replaces a folder of that name that has no record", () =>
    withFolder(async (output) => {
      await mkdir(join(output, "00000"));
      await writeFile(join(output, "00000", "000000000.jpg"), "old");
      const attempt = new LocalAttempt(output, "00000");
      await attempt.begin();
      await mkdir(attempt.path("00000"));
      await writeFile(attempt.path("00000/000000001.jpg"), "new");
      expect(await attempt.commit("00000_stats.json", recordOf(attempt, "00000"))).toBe(true);
      expect(await readdir(join(output, "00000"))).toEqual(["000000001.jpg"]);
      expect(await readdir(temporaryFolder(output))).toEqual([]);
    }));

  it("stops at a folder with a foreign file, link or folder, and continues when that is gone", () =>
    withFolder(async (output) => {
      const attempt = new LocalAttempt(output, "00000");
      await attempt.begin();
      await mkdir(attempt.path("00000"));
      await writeFile(attempt.path("00000/000000001.jpg"), "new");
      await mkdir(join(output, "00000", "000000002.jpg"), { recursive: true });
      await symlink("nowhere", join(output, "00000", "000000003.jpg"));
      await writeFile(join(output, "00000", "notes.txt"), "mine");
      const record = recordOf(attempt, "00000");
      for (const name of ["000000002.jpg", "000000003.jpg", "notes.txt"]) {
        await expect(attempt.commit("00000_stats.json", record)).rejects.toThrow(`00000 holds ${name}, which prep did not make`);
        await rm(join(output, "00000", name), { recursive: true });
      }
      expect(await publish(output, record)).toEqual([]);
      expect(await readdir(join(output, "00000"))).toEqual(["000000001.jpg"]);
    }));
});

describe("a publisher of a folder that was asleep since it saw the old one", () => {
  it.each(["while another publishes the next file", "when another has published everything"])(
    "and wakes %s moves the new one nowhere",
    (when) =>
      withFolder(async (output) => {
        const attempt = new LocalAttempt(output, "00000-g1");
        await attempt.begin();
        for (const folder of [join(output, "00000"), attempt.path("00000")]) await mkdir(folder);
        await writeFile(join(output, "00000", "000000000.jpg"), "old");
        await writeFile(attempt.path("00000/000000001.jpg"), "new");
        await writeFile(attempt.path("00000.parquet"), "rows");
        const record = { format_version: 2, attempt: attempt.id, files: ["00000", "00000.parquet"].map((name) => ({ name, bytes: 1 })) };
        let fallAsleep = () => {};
        let wake = () => {};
        const isAsleep = new Promise<void>((resolve) => {
          fallAsleep = resolve;
        });
        const isAwake = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const sleeper = publish(output, record, undefined, async (from, to) => {
          await rename(from, to).catch(async (error: unknown) => {
            fallAsleep();
            await isAwake;
            throw error;
          });
        });
        await isAsleep;
        const other = publish(output, record, undefined, async (from, to) => {
          if (when.startsWith("while") && String(to).endsWith(".parquet")) {
            wake();
            await sleeper;
          }
          await rename(from, to);
        });
        expect(await other).toEqual([]);
        wake();
        expect(await sleeper).toEqual([]);
        expect(await readdir(join(output, "00000"))).toEqual(["000000001.jpg"]);
        expect((await readdir(output)).sort()).toEqual(["00000", "00000.parquet", "_prep"]);
        expect(await attemptsIn(output)).toEqual([]);
      }),
  );
});
