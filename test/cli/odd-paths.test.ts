// File and folder names that DuckDB would read as globs.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../support/fetch/scripted-server.ts";
import { faultsOf, loadedSamples, query, sidecarRows } from "../support/output.ts";
import { withFolder, writeParquet } from "../support/parquet.ts";
import { runPrepHere } from "../support/prep-here.ts";
import { paintPicture } from "../support/transform/painted-picture.ts";

let server: ScriptedServer;

beforeAll(async () => {
  const body = await paintPicture(40, 30);
  server = await startScriptedServer({ "/a": { body }, "/b": [{ status: 503 }, { body }], "/c": { body } });
});

afterAll(() => server.close());

/** Two rows whose captions say which file they are from. */
const rowsOf = (caption: string, paths = ["/c?1", "/c?2"]) =>
  `FROM (VALUES ${paths.map((path) => `('${server.url(path)}', '${caption}')`).join(", ")}) AS t(url, caption)`;

const partitionCaptions = async (output: string) =>
  (await query(`SELECT DISTINCT caption FROM '${output.replaceAll("[", "[[]")}/partitions/*.parquet' ORDER BY ALL`)).map(
    ({ caption }) => caption,
  );

describe("metadata with odd names", () => {
  const twins = { "part1.parquet": "one", "part[1].parquet": "brackets", "part*.parquet": "star", "part?.parquet": "question" };

  it("is read file by file from a folder, each once, and alone if a file is named", () =>
    withFolder(async (folder) => {
      for (const [name, caption] of Object.entries(twins)) await writeParquet(join(folder, "meta", name), rowsOf(caption, ["/c"]));
      const filter = async (metadata: string, output: string) => {
        const done = await runPrepHere([
          "filter",
          "FROM metadata",
          "--metadata",
          metadata,
          "--output",
          output,
          "--verify-partitions",
          "--quiet",
        ]);
        expect([done.code, done.stderr]).toEqual([0, ""]);
        return await partitionCaptions(output);
      };
      expect(await filter(join(folder, "meta"), join(folder, "all"))).toEqual(Object.values(twins).sort());
      expect(await filter(join(folder, "meta", "part[1].parquet"), join(folder, "two"))).toEqual(["brackets"]);
      expect(await filter(join(folder, "meta", "part[0-9].parquet"), join(folder, "three"))).toEqual(["one"]);
      expect(await filter(join(folder, "meta", "part{1,[[]1]}.parquet"), join(folder, "four"))).toEqual(["brackets", "one"]);
    }));

  it.each(["csv", "jsonl"])("in %s is read file by file, each once, as metadata, as a table and as a list", (format) =>
    withFolder(async (folder) => {
      const line = (caption: string) =>
        format === "csv" ? `url,caption\n${server.url("/c")},${caption}\n` : `${JSON.stringify({ url: server.url("/c"), caption })}\n`;
      await mkdir(join(folder, "k=[1]"));
      for (const [name, caption] of Object.entries(twins)) {
        await writeFile(join(folder, "k=[1]", name.replace("parquet", format)), line(caption));
      }
      const named = join(folder, "k=[1]", `part[1].${format}`);
      const output = join(folder, "out");
      const sql = "SELECT m.url, m.caption || ' ' || t.caption AS caption FROM metadata m, t";
      const tables = ["--metadata", join(folder, "k=[1]"), "--table", `t=${named}`];
      expect(await runPrepHere(["filter", sql, ...tables, "--output", output, "--quiet"])).toMatchObject({ code: 0, stderr: "" });
      expect(await partitionCaptions(output)).toEqual(
        Object.values(twins)
          .map((caption) => `${caption} brackets`)
          .sort(),
      );
      const shards = join(folder, "shards[1]");
      const download = ["download", named, "--output", shards, "--output_format", "webdataset", "--caption_col", "caption"];
      expect(await runPrepHere([...download, "--allow-private-network", "--quiet"])).toMatchObject({ code: 0 });
      expect((await loadedSamples(shards)).map(({ members }) => String(members.get("txt")))).toEqual(["brackets"]);
    }),
  );
});

describe("an output whose name is a glob of the one beside it", () => {
  it("is filtered, downloaded, retried, verified, counted and described with its own rows", () =>
    withFolder(async (folder) => {
      const run = async (caption: string, output: string, paths: readonly string[]) => {
        const metadata = await writeParquet(join(folder, `${caption}.parquet`), rowsOf(caption, [...paths]));
        const options = ["--metadata", metadata, "--output", output, "--retries", "0", "--allow-private-network", "--quiet"];
        expect(await runPrepHere(["FROM metadata", ...options])).toMatchObject({ code: 0 });
      };
      const beside = join(folder, "exp1");
      const output = join(folder, "exp[1]");
      await run("beside", beside, ["/c?1", "/c?2", "/c?3"]);
      await run("own", output, ["/a", "/b"]);
      expect(await partitionCaptions(output)).toEqual(["own"]);
      expect((await sidecarRows(output)).map(({ status }) => status).sort()).toEqual(["failed_to_download", "success"]);
      const retry = ["retry", output, "--retries", "0", "--allow-private-network", "--quiet"];
      expect(await runPrepHere(retry)).toMatchObject({ code: 0 });
      expect(await faultsOf(output, 2)).toEqual([]);
      expect((await loadedSamples(output)).map(({ members }) => String(members.get("txt")))).toEqual(["own", "own"]);
      expect(await runPrepHere(["verify", output])).toMatchObject({ code: 0 });
      const counts = await runPrepHere(["status", output, "--json"]);
      expect(JSON.parse(counts.stdout)).toMatchObject({ rows: 2 });
      const described = await runPrepHere(["describe", join(output, "partitions"), "--json"]);
      expect([described.code, JSON.parse(described.stdout)]).toMatchObject([0, { rows: 2 }]);
      // It verifies its own shards, not those of the other output.
      await cp(join(beside, "00000.tar"), join(output, "00000.tar"));
      expect((await runPrepHere(["verify", output])).code).not.toBe(0);
    }));

  it("is refused before any work if DuckDB could not read its files", () =>
    withFolder(async (folder) => {
      const metadata = await writeParquet(join(folder, "m.parquet"), rowsOf("x"));
      const output = join(folder, "a\\[1]");
      for (const command of [
        ["filter", "FROM metadata", "--metadata", metadata],
        ["download", metadata],
      ]) {
        const result = await runPrepHere([...command, "--output", output, "--quiet"]);
        expect(result.stderr).toContain("a backslash and one of * ? [");
        expect(result.code).toBe(4);
      }
    }));
});
