// Commands in hints can be copied, whatever paths they contain.
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { shellText, shellWord } from "../../src/core/shell-word.ts";

const TEXTS = ["a b", "it's", '"', "$HOME `id` \\", "#x", "~", "*[1]?", "new\nline", "ünï 🚲", "", "plain/path-1.0_@%+=:,"];

it.each(TEXTS)("a shell reads %j back unchanged", (text) => {
  const line = `printf '%s|%s' ${shellWord(text)} ${shellText(text)}`;
  expect(execFileSync("sh", ["-c", line], { encoding: "utf8" })).toBe(`${text}|${text}`);
});

it("a plain path, also one in another alphabet, has no quotes", () => {
  expect(shellWord("../Bücher/東京/out-1")).toBe("../Bücher/東京/out-1");
});
