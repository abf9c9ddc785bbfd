// `prep status` and `prep clean` on outputs in which processes died.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readStatus } from "../../../src/output/status/status.ts";
import { makeFolder } from "../../support/cli/refusals.ts";
import { verified } from "../../support/damage.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrepHere } from "../../support/prep-here.ts";
import { deadProcess, ELSEWHERE, livingProcess, localProcess, OLD, REBOOTED } from "../../support/process-names.ts";

const GOLDEN = join(import.meta.dirname, "..", "..", "golden", "output-v1");

async function withGolden(work: (output: string, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const output = join(folder, "out");
    await cp(GOLDEN, output, { recursive: true });
    await mkdir(join(output, "_prep", "tmp"));
    await work(output, folder);
  });
}

/** All names in a folder with their bytes. */
async function everything(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const entries = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, (await readFile(path)).toString("base64")];
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

describe("prep status", () => {
  it("names its counts if no plan says how many there will be", () =>
    withGolden(async (output) => {
      for (const name of ["_prep", "selection.json", "partitions"]) await rm(join(output, name), { recursive: true });
      expect((await runPrepHere(["status", output])).stdout).toMatch(/^ +shards done +2\n +rows done +6\n/m);
    }));

  it("tells from records what is done, running and to do, and why samples failed, and writes nothing", () =>
    withGolden(async (output) => {
      const record = join(output, "00001_stats.json");
      const text = await readFile(record, "utf8");
      const living = await livingProcess(output);
      for (const name of [`00001.${living.name}.0123456789ab`, `00000.${await deadProcess(output)}.0123456789ab`])
        await mkdir(join(output, "_prep", "tmp", name));
      await writeFile(record, "{ torn");
      const before = await everything(output);
      const torn = JSON.parse((await runPrepHere(["status", output, "--json"])).stdout) as object;
      expect(torn).toMatchObject({ shards: 2, shardsDone: 1, shardsToDo: 1, damaged: ["00001"], rows: 6, rowsDone: 3 });
      expect(torn).toMatchObject({ shardsRunning: 1 });
      expect(torn).toMatchObject({ shardsRunningTwice: 0 });
      expect((await runPrepHere(["status", output])).stdout).not.toContain("by two starts");
      const second = join(output, "_prep", "tmp", `00001.${ELSEWHERE}.0123456789ab`);
      await mkdir(second);
      expect(await readStatus(output, Date.now())).toMatchObject({ shardsRunning: 1, shardsRunningTwice: 1 });
      expect((await runPrepHere(["status", output])).stdout).toMatch(/ {4}by two starts +1 /);
      await rm(second, { recursive: true });
      await living.kill();
      expect(await readStatus(output, Date.now())).toMatchObject({ shardsRunning: 0 });
      expect(await everything(output)).toEqual(before);
      await writeFile(record, text);
      const whole = JSON.parse((await runPrepHere(["status", output, "--json"])).stdout) as { reasons: unknown; shardsToDo: number };
      expect(whole).toMatchObject({ selected: 6, shardsDone: 2, shardsToDo: 0, packed: 3, failedToDownload: 2, failedToResize: 1 });
      expect(whole.reasons).toContainEqual(["http_5xx", 1]);
      const people = await runPrepHere(["status", output]);
      expect(people.code).toBe(0);
      expect(people.stdout).toMatch(/http_5xx +1 .*may pass yet/);
    }));

  it("counts no samples if only partitions were made", () =>
    withFolder(async (folder) => {
      const metadata = await writeParquet(join(folder, "meta.parquet"), "SELECT 'http://a.example/' || i AS url FROM range(5) r(i)");
      const output = join(folder, "out");
      expect((await runPrepHere(["filter", "SELECT * FROM metadata", "--metadata", metadata, "--output", output])).code).toBe(0);
      const { stdout } = await runPrepHere(["status", output]);
      expect(stdout).toContain("the download has not begun");
      expect(stdout).not.toMatch(/done|packed|failed/);
    }));

  it("refuses a folder that is not an output", async () => {
    const folder = await makeFolder();
    try {
      expect((await runPrepHere(["status", folder.path])).code).toBe(5);
      expect((await runPrepHere(["status", join(folder.path, "none")])).code).toBe(5);
      const file = join(folder.path, "list.txt");
      await writeFile(file, "");
      expect(await runPrepHere(["continue", file])).toMatchObject({
        code: 5,
        stderr: expect.stringContaining("is not an output of prep") as unknown,
      });
    } finally {
      await folder.remove();
    }
  });

  it.each([
    ["another version's", '{"format_version":99}', /selection\.json is of format 99, this version reads 1\nhint: Finish it with/],
    ["somebody else's", "[]", /selection\.json is not a record of prep\nhint: Move it elsewhere/],
  ])("refuses a selection.json that is %s", (_, text, says) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "selection.json"), text);
      expect(await runPrepHere(["status", folder])).toMatchObject({ code: 5, stderr: expect.stringMatching(says) as unknown });
    }),
  );
});

describe("an output from a stranger", () => {
  it.each([
    ["attempt", { attempt: "../../../victim" }],
    [
      "file",
      {
        files: [
          { name: "../victim/letter", bytes: 4 },
          { name: "00000.parquet", bytes: 1 },
        ],
      },
    ],
  ])("makes no verb move or remove an %s elsewhere that its record names", (_, change) =>
    withGolden(async (output, folder) => {
      const victim = join(folder, "victim");
      await mkdir(victim);
      await writeFile(join(victim, "letter"), "dear");
      const path = join(output, "00000_stats.json");
      const record = JSON.parse(await readFile(path, "utf8")) as { attempt: string };
      await mkdir(join(output, "_prep", "tmp", record.attempt));
      await writeFile(path, JSON.stringify({ ...record, ...change }));
      await rm(join(output, "00000.tar"));
      for (const words of [["retry"], ["clean"], ["verify", "--repair"]]) {
        const [verb = "", ...options] = words;
        const result = await runPrepHere([verb, output, ...options]);
        expect(result.stderr).not.toContain("defect");
        if (verb === "retry" || verb === "verify") expect(result.code).toBe(5);
      }
      expect(await everything(victim)).toEqual({ [join(victim, "letter")]: Buffer.from("dear").toString("base64") });
    }),
  );

  it.each(["null", "{}", "[]", '{"count":3}', '{"count":3,"successes":3,"failed_to_download":0,"failed_to_resize":0,"status_dict":null}'])(
    "whose record is %s has a damaged one, by its name",
    (text) =>
      withGolden(async (output) => {
        await writeFile(join(output, "00000_stats.json"), text);
        expect(await readStatus(output, Date.now())).toMatchObject({ damaged: ["00000"], shardsDone: 1 });
        expect((await verified(output)).damage).toBeGreaterThan(0);
      }),
  );

  it("cannot control the terminal by its records", () =>
    withGolden(async (output) => {
      const control = "\u001b]0;owned\u0007";
      const path = join(output, "00000_stats.json");
      const record = JSON.parse(await readFile(path, "utf8")) as object;
      const changed = { ...record, outcomes: { [`${control}code`]: 3 }, failing_hosts: { [`${control}host`]: 3 } };
      await writeFile(path, JSON.stringify({ ...changed, files: [{ name: `${control}.tar`, bytes: 1 }] }));
      await writeFile(join(output, "_prep", "tmp", `${control}.${OLD}.0123456789ab`), "x");
      for (const verb of ["status", "verify", "clean"]) {
        const result = await runPrepHere([verb, output]);
        expect(result.stdout).toContain(verb === "status" ? "]0;owned host" : verb === "clean" ? "]0;owned" : "00000");
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(result.stdout + result.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
      }
    }));
});

describe("prep clean", () => {
  it("uses the singular for one leftover", () =>
    withGolden(async (output) => {
      await writeFile(join(output, ".write-probe"), "prep");
      expect((await runPrepHere(["clean", output])).stdout).toContain("1 leftover removed, ");
    }));

  it("removes what dead processes of this machine left, reports it, and touches nothing else", () =>
    withGolden(async (output, folder) => {
      const spill = join(folder, "spill");
      await mkdir(spill);
      const temporary = join(output, "_prep", "tmp");
      const gone = await deadProcess(output);
      const living = await livingProcess(output);
      const dead = [
        join(output, ".write-probe"),
        join(temporary, `00000.${gone}.0123456789ab`),
        join(temporary, `00000-g1.${gone}.0123456789ab`),
        join(temporary, `00000.${REBOOTED}.0123456789ab`),
        join(temporary, `00000.${OLD}.0123456789ab`),
        join(temporary, `redo.${gone}.new`),
        join(spill, `selection.${gone}.0123456789ab`),
        join(spill, `selection.${OLD}.0123456789ab`),
      ];
      const alive = [
        join(temporary, `00001.${living.name}.0123456789ab`),
        join(temporary, `00001.${localProcess()}.0123456789ab`),
        join(temporary, `00001.${ELSEWHERE}.0123456789ab`),
        join(temporary, "notes.txt"),
        join(spill, `selection.${living.name}.0123456789ab`),
        join(spill, "mine"),
        join(output, ".write-probe-1"),
        join(output, "00000_stats.json.claim"),
      ];
      for (const path of [...dead, ...alive]) await writeFile(path, "x");
      // What a start writes there.
      await writeFile(join(output, ".write-probe"), "prep");
      // Last, since it tells whether the others are dead.
      dead.push(join(temporary, `lock.${gone}`));
      const before = await everything(folder);
      const dry = await runPrepHere(["clean", output, "--temp-directory", spill, "--dry-run"]);
      expect(dry.stdout).toContain(`${dead.length} leftovers would be removed`);
      expect(await everything(folder)).toEqual(before);
      const result = await runPrepHere(["clean", output, "--temp-directory", spill]);
      expect(result.code).toBe(0);
      for (const path of dead) expect(result.stdout).toContain(`removed ${path} `);
      const wanted = Object.fromEntries(Object.entries(before).filter(([path]) => !dead.includes(path)));
      expect(await everything(folder)).toEqual(wanted);
      expect((await runPrepHere(["clean", output, "--temp-directory", spill])).stdout).toBe("nothing was left behind\n");
      await living.kill();
    }));

  it("finishes a commit that was cut short instead of removing its files", () =>
    withGolden(async (output) => {
      const { attempt } = JSON.parse(await readFile(join(output, "00000_stats.json"), "utf8")) as { attempt: string };
      const folder = join(output, "_prep", "tmp", attempt);
      await mkdir(folder);
      await cp(join(output, "00000.tar"), join(folder, "00000.tar"));
      await writeFile(join(output, "00000.tar"), "");
      expect((await verified(output)).unfinished).toBe(1);
      expect((await runPrepHere(["clean", output])).code).toBe(0);
      expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0 });
      expect(await readdir(join(output, "_prep", "tmp"))).toEqual([]);
    }));
});
