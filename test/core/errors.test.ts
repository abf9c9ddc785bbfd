// Errors that end a run: exit codes, and hints that name the command to start.
import { describe, expect, it } from "vitest";
import { hintWithCommand, IncompleteError, InterruptedError, OutputError, UsageError } from "../../src/core/errors.ts";

describe("an error that ends a run", () => {
  it("has a name, an exit code and a hint", () => {
    expect(new UsageError("wrong", "Do it right.")).toMatchObject({
      name: "UsageError",
      exitCode: 2,
      message: "wrong",
      hint: "Do it right.",
    });
    expect(new OutputError("full").hint).toBeUndefined();
    expect(new IncompleteError("left").exitCode).toBe(7);
  });

  it("has the exit code of a shell if a signal ended the run", () => {
    expect((["SIGINT", "SIGPIPE", "SIGTERM"] as const).map((name) => new InterruptedError(name).exitCode)).toEqual([130, 141, 143]);
  });
});

describe("a hint that refers to the same command", () => {
  it("names the command instead, with the letter that the sentence needs", () => {
    expect(hintWithCommand("Start the same command again.", "prep continue out")).toBe("Start prep continue out.");
    expect(hintWithCommand("Free space and start the same command again later.", "prep continue $out")).toBe(
      "Free space and start prep continue $out later.",
    );
  });

  it("stays as it is if there is no command", () => {
    expect(hintWithCommand("Start the same command again.", undefined)).toBe("Start the same command again.");
  });
});
