// Completion in real shells, by the scripts that `prep completion` prints.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder } from "../support/cli/refusals.ts";
import { hasTerminal, TestTerminal } from "../support/cli/terminal.ts";
import { runPrepHere } from "../support/prep-here.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
const at = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await makeFolder();
  for (const name of ["queries", "laion", "out"]) mkdirSync(at(name));
  writeFileSync(at("queries/mine.sql"), "SELECT * FROM metadata");
  writeFileSync(at("list.csv"), "url\n");
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await runPrepHere(["completion", shell], { cwd: folder.path });
    expect(code).toBe(0);
    writeFileSync(at(`prep.${shell}`), stdout);
  }
});

afterAll(() => folder.remove());

const has = (shell: string): boolean => {
  try {
    execFileSync(shell, ["-c", "exit 0"]);
    return true;
  } catch {
    return false;
  }
};

/** What each shell offers for the last of these words. */
const OFFERS: readonly (readonly [words: readonly string[], offers: readonly string[]])[] = [
  [["prep", "sta"], ["status"]],
  [["prep", "min"], ["mine"]],
  [["prep", "high-r"], ["high-resolution"]],
  [["prep", "queries", "mi"], ["mine"]],
  [
    ["prep", "completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [["prep", "run", "mine", "--image-s"], ["--image-size"]],
  [["prep", "mine", "--image-s"], ["--image-size"]],
  [["prep", "run", "mine", "--no-shuf"], ["--no-shuffle"]],
  [["prep", "status", "out", "--image-s"], []],
  [
    ["prep", "run", "mine", "--resize-mode", "keep"],
    ["keep_ratio", "keep_ratio_largest"],
  ],
  [["prep", "run", "mine", "--metadata", "lai"], ["laion"]],
  [["prep", "run", "mine", "--timeout", "li"], []],
  [["prep", "download", "lis"], ["list.csv"]],
  [["prep", "status", "o"], ["out"]],
  [["prep", "status", "lis"], []],
];

describe("completion in bash", () => {
  const offered = (words: readonly string[]) => {
    const script = `source prep.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _prep 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const text = execFileSync("bash", ["-c", script, "bash", ...words], { cwd: folder.path, encoding: "utf8" });
    return text.split("\n").filter((word) => word !== "");
  };

  it.each(OFFERS)("for %j offers %j", (words, offers) => {
    expect(offered(words).sort()).toEqual([...offers].sort());
  });

  it("offers values behind an equals sign, which bash takes for a word", () => {
    expect(offered(["prep", "run", "mine", "--compression", "=", "z"])).toEqual(["zstd"]);
    expect(offered(["prep", "run", "mine", "--compression", "="])).toEqual(["snappy", "zstd"]);
    expect(offered(["prep", "run", "mine", "--table", "t", "=", "lai"])).toEqual(["laion"]);
  });

  it("offers further values of an option that takes several", () => {
    expect(offered(["prep", "run", "mine", "--metadata", "laion", "o"])).toEqual(["out"]);
  });
});

describe.skipIf(!has("fish"))("completion in fish", () => {
  it.each(OFFERS)("for %j offers %j", (words, offers) => {
    const text = execFileSync("fish", ["-c", `source prep.fish; complete -C '${words.join(" ")}'`], { cwd: folder.path, encoding: "utf8" });
    const offered = text.split("\n").flatMap((line) => (line === "" ? [] : [(line.split("\t", 1)[0] ?? "").replace(/\/$/, "")]));
    expect(offered.sort()).toEqual([...offers].sort());
  });
});

describe.skipIf(!has("zsh") || !hasTerminal())("completion in zsh", () => {
  it("completes verbs, queries, options, their values and paths", async () => {
    const terminal = new TestTerminal(["zsh", "-f"], { HOME: folder.path }, folder.path, 100);
    await terminal.until(/[%#] /);
    terminal.type("autoload -U compinit; compinit -u -D; source prep.zsh; print loa''ded\n");
    await terminal.shows(/^loaded/);
    for (const [words, offers] of OFFERS.filter((offer) => offer[1].length === 1)) {
      terminal.type(`${words.join(" ")}\t`);
      await terminal.shows(new RegExp(`[%#] ${[...words.slice(0, -1), offers[0]].join(" ")}`));
      // Clears the line.
      terminal.type("\u0015");
    }
    terminal.type("exit\n");
    expect(await terminal.exitCode).toBe(0);
  });
});

it("is refused for other shells", async () => {
  expect(await runPrepHere(["completion", "tcsh"])).toMatchObject({
    code: 2,
    stderr: "error: there is no completion for tcsh\nhint: Name one of bash, zsh, fish.\n",
  });
});
