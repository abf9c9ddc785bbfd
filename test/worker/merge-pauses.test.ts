// Waits of several workers, told once.
import { expect, it } from "vitest";
import type { Pause } from "../../src/engine/messages.ts";
import { MergedPauses } from "../../src/worker/merge-pauses.ts";

function heard(say: (tell: (worker: number, text: string, pause?: Pause) => void, gone: (worker: number) => void) => void): string[] {
  const texts: string[] = [];
  const pauses = new MergedPauses((text) => void texts.push(text));
  say(
    (worker, text, pause) => pauses.heard({ kind: "notice", text, ...(pause ? { pause } : {}) }, worker),
    (worker) => pauses.gone(worker),
  );
  return texts;
}

const begins = { of: "network", isOver: false } as const;
const ends = { of: "network", isOver: true } as const;

it("a wait is told when the first worker begins it and the last ends it, apart from other waits", () => {
  const texts = heard((tell) => {
    tell(1, "gone", begins);
    tell(2, "gone too", begins);
    tell(2, "full", { of: "disk", isOver: false });
    tell(1, "back for one", ends);
    tell(2, "back", ends);
    tell(1, "an ordinary notice");
  });
  expect(texts).toEqual(["gone", "full", "back", "an ordinary notice"]);
});

it("a dead worker waits for nothing, so the next wait is told again", () => {
  const texts = heard((tell, gone) => {
    tell(1, "gone", begins);
    gone(1);
    tell(2, "gone again", begins);
    tell(2, "back", ends);
  });
  expect(texts).toEqual(["gone", "gone again", "back"]);
});
