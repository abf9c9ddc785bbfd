// Reads the boxes of a metadata row strictly: a misread box is a face that is not blurred.
import type { JsonValue } from "../core/sample.ts";

/** [x_min, y_min, x_max, y_max] as shares of the picture's width and height, 0 to 1. */
export type Box = readonly [number, number, number, number];

/** How far a box may lie outside the picture. Detectors overshoot at the edges; numbers beyond this are no shares. */
const MAX_OVERSHOOT = 0.5;

/**
 * The boxes of a cell: none for null, an empty list or an empty text. A text is read as JSON. Edges outside the picture move to
 * its edge. If anything is wrong with the boxes, returns what was found instead.
 */
export function readBoxes(cell: JsonValue | undefined): readonly Box[] | { readonly found: string } {
  if (cell === null || cell === undefined || cell === "") return [];
  const list = typeof cell === "string" ? parsed(cell) : cell;
  if (list === null) return [];
  if (!Array.isArray(list)) return { found: shown(cell) };
  const boxes: Box[] = [];
  for (const item of list as readonly JsonValue[]) {
    const box = readBox(item);
    if (!box) return { found: shown(item) };
    boxes.push(box);
  }
  return boxes;
}

function readBox(item: JsonValue): Box | undefined {
  if (!Array.isArray(item) || item.length !== 4) return undefined;
  const edges = (item as readonly JsonValue[]).map((edge) =>
    (typeof edge === "number" && Number.isFinite(edge)) || typeof edge === "bigint" ? Number(edge) : Number.NaN,
  );
  if (!edges.every((edge) => edge >= -MAX_OVERSHOOT && edge <= 1 + MAX_OVERSHOOT)) return undefined;
  const [left = 0, top = 0, right = 0, bottom = 0] = edges.map((edge) => Math.min(1, Math.max(0, edge)));
  // Pixels mistaken for shares, or a width mistaken for x_max, end here if not above.
  return left < right && top < bottom ? [left, top, right, bottom] : undefined;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function shown(value: JsonValue): string {
  return String(JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? Number(member) : member))).slice(0, 100);
}
