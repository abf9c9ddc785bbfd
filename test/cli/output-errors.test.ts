// Outputs that cannot be written, vanish, or fill the disk.
import { execFileSync } from "node:child_process";
import { renameSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { expectRefusal, makeFolder, namesIn } from "../support/cli/refusals.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { canMount, mount } from "../support/mounts.ts";
import { faultsOf } from "../support/output.ts";
import { writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

const MEGABYTE = 2 ** 20;

let folder: { path: string; remove: () => Promise<void> };
let server: ScriptedServer;
let meta: string;

beforeAll(async () => {
  folder = await makeFolder();
  server = await startScriptedServer({ "/a.jpg": { body: await paintPicture(700, 500) } });
  meta = await writeParquet(
    join(folder.path, "meta.parquet"),
    `SELECT '${server.url("/a.jpg")}?' || i AS url, repeat(md5(i::VARCHAR), 4) || md5((-i)::VARCHAR) AS caption FROM range(40000) r(i)`,
  );
});

afterAll(async () => {
  await server.close();
  await folder.remove();
});

describe("an output that is not a folder", () => {
  it("is refused by both stages before any work", async () => {
    const file = join(folder.path, "file");
    await writeFile(file, "");
    const says = [/error: cannot write to the output folder .*: .*\/file is a file\nhint: Choose another --output/];
    for (const output of [file, join(file, "below")]) {
      await expectRefusal(["all", "--metadata", meta, "--output", output], { code: 5, says });
      await expectRefusal(["download", meta, "--output", output], { code: 5, says });
    }
  });
});

describe("temporary files that are removed while a download writes them", () => {
  it.each(["webdataset", "files"])("end the download with an error in words, and the same command completes it (%s)", async (format) => {
    const output = join(folder.path, `swept-${format}`);
    const path = `/${format}.jpg`;
    const list = await writeParquet(join(folder.path, "list.parquet"), `SELECT '${server.url(path)}?' || i AS url FROM range(20) r(i)`);
    const picture = await paintPicture(40, 30);
    server.route(path, (requestNumber) => {
      // One rename, because the download could add files during a slower removal.
      if (requestNumber === 5) renameSync(join(output, "_prep", "tmp"), join(folder.path, `removed-${format}`));
      return { body: picture };
    });
    const args = ["download", list, "--output", output, "--output-format", format, "--number-sample-per-shard", "10"];
    const limits = ["--image-size", "20", "--allow-private-network", "--robots", "ignore", "--thread-count", "1", "--processes-count", "1"];
    const { code, stderr } = await runPrepHere([...args, ...limits]);
    expect(stderr).toMatch(/^error: .*(No such file|ENOENT).*\nhint: .*_prep.*start prep continue/m);
    expect(code).toBe(5);
    const again = await runPrepHere([...args, ...limits]);
    expect(again.code === 0 ? "" : again.stderr).toBe("");
    if (format === "webdataset") expect(await faultsOf(output, 20)).toEqual([]);
    expect(namesIn(join(output, "_prep", "tmp"))).toEqual([]);
  });
});

describe.skipIf(!canMount())("a disk that is read-only or full (a small tmpfs; skipped where mounting is not permitted)", () => {
  const disk = () => join(folder.path, "disk");
  const output = () => join(disk(), "out");
  const ballast = () => join(disk(), "ballast");

  /** Mounts a disk of 64 MiB with this much free. */
  async function mountDisk(megabytesLeft: number): Promise<void> {
    await mkdir(disk());
    mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", disk());
    await writeFile(ballast(), Buffer.alloc((64 - megabytesLeft) * MEGABYTE));
  }

  afterEach(async () => {
    execFileSync("umount", [disk()]);
    await rm(disk(), { recursive: true });
  });

  it("is refused as an output if it is read-only, in both stages", async () => {
    await mountDisk(1);
    mount("-o", "remount,ro", disk());
    const says = [/error: (cannot write to|no permission while opening) the output folder .*disk\/out/, "hint: Choose an"];
    await expectRefusal(["all", "--metadata", meta, "--output", output()], { code: 5, says, output: output() });
    await expectRefusal(["download", meta, "--output", output()], { code: 5, says, output: output() });
  });

  it("ends a selection before it starts if the rows cannot fit, with the numbers", async () => {
    await mountDisk(1);
    const args = ["filter", "all", "--metadata", meta, "--output", output(), "--quiet"];
    await expectRefusal(args, {
      code: 5,
      says: [/rows need about [\d.]+ MB in .*, and [\d.]+ \w+ are free/, "hint: Free space"],
      output: output(),
    });
  });

  it("ends a selection whose rows turn out wider and leaves nothing behind; the same command completes it when there is space", async () => {
    await mountDisk(16);
    const wide = "SELECT *, array_to_string([md5(url || n) FOR n IN range(20)], '') AS padding FROM metadata";
    const args = ["filter", wide, "--metadata", meta, "--output", output(), "--partitions", "4", "--quiet"];
    await expectRefusal(args, { code: 5, says: ["error: the disk is full while", "hint: Free space"], output: output() });
    await rm(ballast());
    expect(await runPrepHere(args)).toMatchObject({ code: 0, stderr: "" });
    expect(namesIn(join(output(), "partitions"))).toHaveLength(4);
  });

  it("ends a download that must not wait, with whole shards only; the same command completes it when there is space", async () => {
    const list = await writeParquet(join(folder.path, "list.parquet"), `FROM '${meta}' LIMIT 120`);
    await mountDisk(3);
    const args = ["download", list, "--output", output(), "--output-format", "webdataset", "--number-sample-per-shard", "20"];
    args.push("--resize-mode", "no", "--allow-private-network", "--quiet");
    const impatient = [...args, "--max-outage", "0"];
    await expectRefusal(impatient, { code: 5, says: ["error: the disk is full while", "hint: Free space"] });
    const shown = namesIn(output());
    expect(shown.filter((name) => name.endsWith(".tar")).map((name) => name.replace(".tar", "_stats.json"))).toEqual(
      shown.filter((name) => name.endsWith("_stats.json")),
    );
    expect(namesIn(join(output(), "_prep", "tmp"))).toEqual([]);
    await rm(ballast());
    expect((await runPrepHere(args)).code).toBe(0);
    expect(await faultsOf(output(), 120)).toEqual([]);
  });
});
