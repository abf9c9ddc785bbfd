// A metadata cell becomes boxes to blur, or is refused.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBoxes } from "../../src/transform/boxes.ts";

describe("boxes of a metadata cell", () => {
  it.each([[null], [undefined], [[]], [""], ["[]"], ["null"]])("%j is a picture without any", (cell) =>
    expect(readBoxes(cell)).toEqual([]),
  );

  it("are read from lists and from their text", () => {
    const boxes = [
      [0.1, 0.2, 0.3, 0.4],
      [0, 0, 1, 1],
    ];
    expect(readBoxes(boxes)).toEqual(boxes);
    expect(readBoxes(JSON.stringify(boxes))).toEqual(boxes);
    expect(readBoxes([[0n, 0n, 1n, 1n]])).toEqual([[0, 0, 1, 1]]);
  });

  it("end at the picture's edges", () => expect(readBoxes([[-0.1, 0.9, 0.2, 1.3]])).toEqual([[0, 0.9, 0.2, 1]]));

  it.each([
    ["no list", 7],
    ["one box that is not in a list", [0.1, 0.2, 0.3, 0.4]],
    ["three edges", [[0.1, 0.2, 0.3]]],
    ["five edges", [[0.1, 0.2, 0.3, 0.4, 0.5]]],
    ["an edge that is null, as NaN is in JSON", [[0.1, 0.2, null, 0.4]]],
    ["a text as an edge", [["0.1", 0.2, 0.3, 0.4]]],
    ["pixels", [[10, 20, 50, 60]]],
    ["pixels that could be shares", [[0, 1, 1, 2]]],
    ["width and height in place of the far edges", [[0.6, 0.6, 0.2, 0.2]]],
    ["a box without a width", [[0.2, 0.2, 0.2, 0.6]]],
    ["a box outside", [[1.1, 0.2, 1.3, 0.4]]],
    ["a good box beside a bad one", [[0.1, 0.2, 0.3, 0.4], null]],
    ["a text that is no JSON", "[[0.1, 0.2"],
  ])("that are %s are refused with what was found", (_, cell) => expect(readBoxes(cell)).toEqual({ found: expect.any(String) }));

  it("are inside the picture and not empty, whatever the numbers, or refused", () => {
    const edge = fc.oneof(fc.double(), fc.double({ min: -1, max: 2, noNaN: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(edge, edge, edge, edge)), (cell) => {
        const boxes = readBoxes(cell);
        if ("found" in boxes) return;
        expect(boxes).toHaveLength(cell.length);
        for (const [left, top, right, bottom] of boxes)
          expect(0 <= left && left < right && right <= 1 && 0 <= top && top < bottom && bottom <= 1).toBe(true);
      }),
    );
  });
});
