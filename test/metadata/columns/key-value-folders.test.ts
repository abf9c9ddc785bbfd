// Folders named like a parameter, such as `width=512`, do not change the columns of a download.
import { join } from "node:path";
import { expect, it } from "vitest";
import { quoteText } from "../../../src/sql/text.ts";
import { startScriptedServer } from "../../support/fetch/scripted-server.ts";
import { faultsOf, loadedSamples, sidecarRows } from "../../support/output.ts";
import { withFolder, writeParquet } from "../../support/parquet.ts";
import { runPrepHere } from "../../support/prep-here.ts";
import { paintPicture } from "../../support/transform/painted-picture.ts";

const COMMON = ["--output_format", "webdataset", "--resize_mode", "no", "--retries", "0", "--allow-private-network", "--quiet"];

it("a key=value folder above the list or the output changes no column in a download, retry or verification", () =>
  withFolder(async (folder) => {
    const body = await paintPicture(40, 30);
    const server = await startScriptedServer({
      "/0.jpg": { body },
      "/1.jpg": [{ status: 503 }, { body }],
    });
    try {
      const rows = [0, 1].map((row) => `(${quoteText(server.url(`/${row}.jpg`))}, ${100 + row})`);
      const list = await writeParquet(join(folder, "width=512", "list.parquet"), `FROM (VALUES ${rows.join(", ")}) AS t(url, width)`);
      const output = join(folder, "height=256", "key=9");
      const download = ["download", list, "--output", output, "--save_additional_columns", "width", ...COMMON];
      expect(await runPrepHere(download)).toMatchObject({ code: 0 });
      expect(await sidecarRows(output)).toMatchObject([
        { key: "000000000", metadata_width: 100, width: 40, height: 30 },
        { key: "000000001", metadata_width: 101, status: "failed_to_download" },
      ]);
      expect(await runPrepHere(["retry", output, "--retries", "2", "--allow-private-network", "--quiet"])).toMatchObject({ code: 0 });
      const stored = (await loadedSamples(output)).map(
        ({ members }) => JSON.parse(String(members.get("json"))) as { metadata_width: number },
      );
      expect(stored.map(({ metadata_width }) => metadata_width)).toEqual([100, 101]);
      expect(await sidecarRows(output)).toMatchObject([
        { key: "000000000", width: 40, height: 30 },
        { key: "000000001", width: 40, height: 30 },
      ]);
      expect(await faultsOf(output, 2)).toEqual([]);
      expect(await runPrepHere(["verify", output])).toMatchObject({ code: 0 });
    } finally {
      await server.close();
    }
  }));
