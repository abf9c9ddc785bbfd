// prep verify, status and retry on folders of img2dataset, also torn ones.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppendFile } from "../../src/store/append-file.ts";
import { TarFile } from "../../src/tar/write-tar.ts";
import { verified } from "../support/damage.ts";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { loadedSamples, query } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrep } from "../support/run-prep.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;
let small: Buffer;

beforeAll(async () => {
  small = await paintPicture(64, 48);
  server = await startScriptedServer({ "/a.jpg": { body: small }, "/late.jpg": { body: small } });
});

afterAll(() => server.close());

const REASONS: Readonly<Record<string, string>> = {
  "/gone.jpg": "HTTP Error 404: Not Found",
  "/late.jpg": "<urlopen error timed out>",
};

/** Makes a folder as img2dataset does: samples in order of arrival, a tar without PAX headers, a parquet row for each. */
async function peerShard(output: string, shard: number, paths: readonly string[], format: "webdataset" | "files"): Promise<void> {
  const name = String(shard).padStart(5, "0");
  const rows = paths.map((path, index) => ({ path, key: `${name}${String(index).padStart(4, "0")}` })).reverse();
  const packed = rows.filter(({ path }) => REASONS[path] === undefined);
  const tar = format === "webdataset" ? new TarFile(AppendFile.create(join(output, `${name}.tar`))) : undefined;
  if (!tar) await mkdir(join(output, name));
  for (const { key } of packed) {
    const members = { jpg: small, json: Buffer.from(JSON.stringify({ key, status: "success" })), txt: Buffer.from("a caption") };
    for (const [extension, body] of Object.entries(members)) {
      if (tar) await tar.add(`${key}.${extension}`, body);
      else await writeFile(join(output, name, `${key}.${extension}`), body);
    }
  }
  await tar?.close();
  const values = rows.map(({ path, key }) => {
    const message = REASONS[path];
    const size = message === undefined ? "64, 48, 64, 48" : "NULL, NULL, NULL, NULL";
    const status = message === undefined ? "'success', NULL" : `'failed_to_download', '${message}'`;
    return `('a caption', '${server.url(path)}', 7, '${key}', ${status}, ${size}, NULL, NULL)`;
  });
  const names = "caption, url, punsafe, key, status, error_message, width, height, original_width, original_height, exif, sha256";
  await writeParquet(join(output, `${name}.parquet`), `SELECT * FROM (VALUES ${values.join(", ")}) t(${names})`);
  const failures = rows.map(({ path }) => REASONS[path]).filter((reason) => reason !== undefined);
  const statuses: Record<string, number> = { success: packed.length };
  for (const reason of failures) statuses[reason] = (statuses[reason] ?? 0) + 1;
  const stats = {
    count: rows.length,
    successes: packed.length,
    failed_to_download: failures.length,
    failed_to_resize: 0,
    duration: 1.5,
    start_time: 1.7e9,
    end_time: 1.7e9 + 1.5,
    status_dict: statuses,
  };
  await writeFile(join(output, `${name}_stats.json`), JSON.stringify(stats, null, 4));
}

async function withPeer(format: "webdataset" | "files", work: (output: string) => Promise<void>): Promise<void> {
  await withFolder(async (output) => {
    await peerShard(output, 0, ["/a.jpg", "/late.jpg", "/gone.jpg"], format);
    await peerShard(output, 1, ["/a.jpg", "/a.jpg"], format);
    await work(output);
  });
}

describe.each(["webdataset", "files"] as const)("a folder of img2dataset, %s", (format) => {
  it("is verified, described and retried without downloading a success again", () =>
    withPeer(format, async (output) => {
      const verify = await runPrep(["verify", output]);
      expect(verify.stderr).toBe("");
      expect(verify.stdout).toContain("2 shards are img2dataset's");
      expect(verify.code).toBe(0);
      const status = JSON.parse((await runPrep(["status", output, "--json"])).stdout) as object;
      expect(status).toMatchObject({
        shardsDone: 2,
        rowsDone: 5,
        packed: 3,
        reasons: [
          ["http_404", 1],
          ["timeout", 1],
        ],
      });
      const before = new Map((await loadedSamples(output)).map((sample) => [sample.key, sample]));
      const shapes = ["--image-size", "64", "--resize-mode", "keep_ratio", "--skip-reencode"];
      const requests = server.requests("/a.jpg");
      const retry = await runPrep(["retry", output, ...shapes, "--allow-private-network", "--quiet"]);
      expect(retry.stderr).toBe("");
      expect(retry.stdout).toMatch(/packed +3 -> +4\n/);
      expect(server.requests("/a.jpg")).toBe(requests);
      const after = await loadedSamples(output);
      expect(after.map(({ key }) => key).sort()).toEqual(["000000000", "000000001", "000010000", "000010001"]);
      for (const sample of after) if (before.has(sample.key)) expect(sample).toEqual(before.get(sample.key));
      expect(
        JSON.parse(
          after
            .find(({ key }) => key === "000000001")
            ?.members.get("json")
            ?.toString() ?? "",
        ),
      ).toMatchObject({
        punsafe: 7,
        caption: "a caption",
        width: 85,
      });
      expect(await query(`SELECT * FROM read_parquet('${join(output, "00000.parquet")}')`)).toMatchObject([
        { key: "000000000", status: "success", punsafe: 7 },
        { key: "000000001", status: "success", outcome: "success" },
        { key: "000000002", status: "failed_to_download", error_message: "HTTP Error 404" },
      ]);
      expect(JSON.parse(await readFile(join(output, "00000_stats.json"), "utf8"))).toMatchObject({ generation: 1, count: 3, successes: 2 });
      expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows: 5, foreignShards: 1 });
      const again = await runPrep(["retry", output, ...shapes, "--allow-private-network", "--quiet"]);
      expect(again.stdout).toContain("0 shards have another generation");
    }));
});

it("is retried if it is named by a relative path", () =>
  withPeer("webdataset", async (output) => {
    const args = ["retry", basename(output), "--image-size", "64", "--allow-private-network", "--quiet"];
    const retry = await runPrep(args, { cwd: dirname(output) });
    expect(retry).toMatchObject({ code: 0, stderr: "" });
    expect(retry.stdout).toMatch(/packed +3 -> +4\n/);
    expect(await verified(output)).toMatchObject({ damage: 0, unfinished: 0, rows: 5 });
  }));

it("names the shards that a kill of img2dataset tore, and retries the rest", () =>
  withPeer("webdataset", async (output) => {
    const tar = await readFile(join(output, "00001.tar"));
    await writeFile(join(output, "00002.tar"), tar.subarray(0, 1000));
    await writeFile(join(output, "00002.parquet"), "");
    await writeFile(join(output, "00001.tar"), tar.subarray(0, tar.length / 2));
    const verify = await runPrep(["verify", output]);
    expect(verify.code).toBe(5);
    expect(verify.stdout).toMatch(/00001\.tar: it (ends in the middle of a member|has no end mark)/);
    expect(verify.stdout).toContain("00002.tar: it has no _stats.json: img2dataset was stopped while writing it");
    const retry = await runPrep(["retry", output, "--image-size", "64", "--allow-private-network", "--quiet"]);
    expect(retry.stderr).toBe("");
    expect(retry.stdout).toMatch(/packed +3 -> +4\n/);
  }));
