// The recorded command of a start: a shell takes it back, and it holds no secret.
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { commandText } from "../../src/cli/describe-start.ts";

it("a shell reads the recorded command as it was typed", () => {
  const words = [
    "SELECT 'it''s' AS url\nFROM metadata -- $HOME `id` \"x\"",
    "--metadata",
    "my files/*.parquet",
    "--set",
    "a=b c",
    "--output",
    "out",
  ];
  const shown = execFileSync("bash", ["-c", `prep() { printf '%s\\0' "$@"; }; ${commandText(words)}`], { encoding: "utf8" });
  expect(shown.split("\0").slice(0, -1)).toEqual(words);
});

it.each([
  [["--proxy", "http://jo:pass@proxy.test:3128"], "prep --proxy http://proxy.test:3128"],
  [["--proxy=http://jo:pass@proxy.test:3128"], "prep --proxy=http://proxy.test:3128"],
  [["--proxy", "jo:pass@proxy.test:3128"], "prep --proxy proxy.test:3128"],
  [["--proxy", "http://jo:p/a@ss@proxy.test:3128"], "prep --proxy http://proxy.test:3128"],
  [["--metadata", "https://jo:pass@lab.test/a.parquet"], "prep --metadata https://lab.test/a.parquet"],
  [["--set", "token=hf_abcdefABCDEF0123456789"], "prep --set token=hf_..."],
  [["--contact", "jo@lab.test"], "prep --contact jo@lab.test"],
])("the recorded command has no secrets: %j", (words, text) => {
  expect(commandText(words)).toBe(text);
});
