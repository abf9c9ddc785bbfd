// ARCHITECTURE.md against src/: the table of rooms is current, and every inner room has its line.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, readPage } from "../support/docs/pages.ts";
import { ROOMS, roomsMarkdown } from "../support/rooms.ts";

const page = readPage("ARCHITECTURE.md");

/** Folders of a folder of `src/`. */
function foldersIn(path: string): string[] {
  return readdirSync(join(ROOT, "src", path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

describe("ARCHITECTURE.md", () => {
  it("has the table of rooms that the architecture test checks; npm run docs writes it", () => {
    expect(page).toContain(`<!-- rooms -->\n${roomsMarkdown()}\n<!-- /rooms -->`);
  });

  it("describes every inner room, and no other", () => {
    const inner = Object.keys(ROOMS)
      .filter((room) => !room.endsWith(".ts"))
      .flatMap((room) => foldersIn(room).map((name) => `${room}/${name}`));
    const described = [...page.matchAll(/^\| `(\w+\/[\w-]+)` \|/gm)].map(([, name = ""]) => name);
    expect(described.sort()).toEqual(inner.sort());
  });
});
