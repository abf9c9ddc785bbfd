// The help of every verb at several widths of the terminal.
import { describe, expect, it } from "vitest";
import { program } from "../../src/cli/program.ts";

/** The help of the program and of each of its verbs, at this number of columns. */
function helpAt(columns: number | undefined): [name: string, text: string][] {
  const root = program();
  return [root, ...root.commands].map((command) => {
    const texts: string[] = [];
    command.configureOutput({ writeOut: (text) => void texts.push(text), getOutHelpWidth: () => columns as number });
    command.outputHelp();
    return [command.name(), texts.join("")];
  });
}

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== "");

describe.each([60, 80, 100, 120])("help on a terminal of %i columns", (columns) => {
  it("has no longer line, and the same words as on a wide terminal", () => {
    const widest = new Map(helpAt(1000));
    for (const [name, text] of helpAt(columns)) {
      expect(text.split("\n").filter((line) => line.length > columns)).toEqual([]);
      expect(wordsOf(text)).toEqual(wordsOf(widest.get(name) ?? ""));
    }
  });
});

it("help in a pipe has 80 columns", () => {
  const [, text = ""] = helpAt(undefined).find(([name]) => name === "download") ?? [];
  const longest = Math.max(...text.split("\n").map((line) => line.length));
  expect(longest).toBeGreaterThan(70);
  expect(longest).toBeLessThanOrEqual(80);
});
