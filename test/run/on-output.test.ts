// System errors of work on an output: errors for the user, no defects.
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { OutputError } from "../../src/core/errors.ts";
import { onOutput } from "../../src/run/on-output.ts";

/** As the file system throws it. Tests may run as root, whom no permission stops, so the error is made here. */
function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: open '/out/00000_stats.json'`), { code });
}

describe("work on an output", () => {
  it.each(["EACCES", "EPERM", "EROFS"])("that meets %s ends with 5, and says which permissions are needed", async (code) => {
    const work = onOutput("/out", () => Promise.reject(systemError(code)));
    await expect(work).rejects.toMatchObject({
      exitCode: 5,
      hint: "Choose an output folder that you can write to, or start it as the user whose folder this is.",
    });
    await expect(work).rejects.toThrow(/^no permission while working on \/out: /);
  });

  it("that meets a folder instead of a file ends with 5 and names it", async () => {
    const work = onOutput("/out", () => readFile(import.meta.dirname));
    await expect(work).rejects.toBeInstanceOf(OutputError);
    await expect(work).rejects.toThrow(/a folder stands where a file belongs/);
  });

  it("returns its result and throws other errors unchanged", async () => {
    expect(await onOutput("/out", () => Promise.resolve(7))).toBe(7);
    const defect = new TypeError("ours");
    await expect(onOutput("/out", () => Promise.reject(defect))).rejects.toBe(defect);
  });
});
