// Paths of built files, asked for by a source file or by a bundled one.
import { expect, it } from "vitest";
import { builtEntryPoint } from "../../src/core/entry-point.ts";

it.each([
  ["a source file", "file:///home/me/prep/src/transform/decoder/decoder-child.ts"],
  ["a bundled file", "file:///home/me/prep/dist/cli/main.js"],
  ["a chunk of the bundle", "file:///home/me/prep/dist/chunks/run-ABC123.js"],
])("are below dist/ for %s", (_, url) => {
  expect(builtEntryPoint("cli/main.js", url)).toBe("/home/me/prep/dist/cli/main.js");
});

it("are those of the package if folders above it are called src or dist, too", () => {
  expect(builtEntryPoint("cli/main.js", "file:///src/dist/prep/src/cli/main.ts")).toBe("/src/dist/prep/dist/cli/main.js");
});
