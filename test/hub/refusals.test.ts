// `prep metadata` with a loopback hub: refusals before anything is written, and their messages.
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectRefusal, expectWords } from "../support/cli/refusals.ts";
import { COMMIT, expectRefusalOf, fetchInto, hub, newOutput, open, serveHub, TOKEN, visible } from "../support/hub/hub-folder.ts";

serveHub();

describe("what cannot be fetched", () => {
  it("is refused before anything is written, with what to do", async () => {
    const gated = "relaion2B-en-research-safe";
    const page = `Accept the terms at ${hub.endpoint}/datasets/laion/${gated}`;
    await expectRefusalOf([gated], 4, ["gated", "there is no token", page, "HF_TOKEN"]);
    await expectRefusalOf([gated], 4, ["the account of this token may not read it", page], "hf_other");
    await expectRefusalOf(["org/open"], 4, ["does not accept the token", "/settings/tokens"], "revoked");
    await expectRefusalOf(["org/missing"], 4, ["org/missing is not visible without a token, or does not exist"]);
    await expectRefusalOf(["laion/relaion2B-en-research-save"], 4, ["Did you mean laion/relaion2B-en-research-safe?"], TOKEN);
    await expectRefusalOf(["coyo700m"], 2, ["no data set is called coyo700m", "Did you mean coyo-700m?"]);
    await expectRefusalOf(["coyo"], 2, ["Did you mean coyo-700m?"]);
    await expectRefusalOf(["datacomp"], 2, ["Did you mean datacomp-small, datacomp-medium, datacomp-large or datacomp-xlarge?"]);
    await expectRefusalOf(["org/../open"], 2, ["no data set is called"]);
    await expectRefusalOf(["org/open", "--revision", "v9"], 4, ["org/open has no revision v9"]);
    await expectRefusalOf(["org/huge"], 5, ["7 files need 6.30 PB more in", "are free"]);
    expect(hub.cdnRequests).toEqual([]);
  });

  it("includes withdrawn sets, with their successors named", async () => {
    await expectRefusalOf(["laion2B-en"], 4, [
      "laion2B-en was withdrawn in December 2023",
      "Its successor is laion/relaion2B-en-research-safe.",
    ]);
    await expectRefusalOf(["laion/laion400m"], 4, ["laion/relaion400m"]);
    await expectRefusalOf(["laion/laion2B-multi-joined"], 4, ["laion/relaion2B-multi-research-safe"]);
    expect(hub.hubRequests).toEqual([]);
  });

  it("does not touch a folder with other content", async () => {
    const output = newOutput();
    expect((await fetchInto(output, ["org/open", "--files=small*"])).code).toBe(0);
    hub.datasets.set("org/open", { ...open, commit: "b".repeat(40) });
    const other = await fetchInto(output, ["org/open", "--revision", "b".repeat(40)]);
    hub.datasets.set("org/open", open);
    expectWords(other, { code: 5, says: [`holds org/open at ${COMMIT}`, "Name another --output"] });
    expectWords(await fetchInto(output, ["coyo-700m"]), { code: 5, says: ["holds org/open, not kakaobrain/coyo-700m"] });
    await truncate(join(output, "small.parquet"), 3);
    expectWords(await fetchInto(output, ["org/open"]), { code: 5, says: ["small.parquet already exists and is not the data set's"] });
    const foreign = newOutput();
    await mkdir(foreign);
    await writeFile(join(foreign, "small.parquet"), "PAR1 not of LFS");
    expectWords(await fetchInto(foreign, ["org/open"]), { code: 5, says: ["already exists and is not the data set's"] });
    expect(await visible(foreign)).toEqual(["small.parquet"]);
    await expectRefusal(["metadata", "org/open"], { code: 2, says: ["no output was named"] });
  });
});
