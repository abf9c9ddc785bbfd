// Limits of a process, read from the text that Linux writes.
import { expect, it } from "vitest";
import { limitIn } from "../../src/core/process-limits.ts";

it.each([
  ["Max address space         6144000000           unlimited            bytes     ", 6_144_000_000],
  ["Max cpu time              1\nMax address space         4096                 unlimited            bytes     ", 4096],
  ["Max address space         unlimited            unlimited            bytes     ", undefined],
  ["Max open files            1024                 4096                 files     ", undefined],
  ["", undefined],
])("a limit is read from %j", (text, limit) => expect(limitIn(text, "Max address space")).toBe(limit));
