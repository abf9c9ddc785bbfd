// Notices for environment variables that misspell an option.
import { expect, it } from "vitest";
import { unknownVariables } from "../../src/cli/options/unknown-variables.ts";

it("a variable that is nearly that of an option gets the nearest name", () => {
  const environment = {
    PREP_IMAGE_SIZ: "384",
    PREP_IMAGESIZE: "384",
    prep_quiet: "1",
    PREP_TIME_OUT: "3",
    PREP_image_size: "1",
    PREP_IMAGE_SIZE: "384",
    PREP_QUIET: "1",
    PATH: "/bin",
    IMAGE_SIZ: "1",
  };
  expect(unknownVariables(environment)).toEqual(
    [
      ["PREP_IMAGESIZE", "PREP_IMAGE_SIZE"],
      ["PREP_IMAGE_SIZ", "PREP_IMAGE_SIZE"],
      ["PREP_TIME_OUT", "PREP_TIMEOUT"],
      ["PREP_image_size", "PREP_IMAGE_SIZE"],
      ["prep_quiet", "PREP_QUIET"],
    ].map(([name, nearest]) => `${name} is no variable of prep and has no effect: did you mean ${nearest}?`),
  );
});

it("a variable that is far from all, such as those of the tests, gets no notice", () => {
  const names = ["PYTHON", "FAULT", "FAULTS", "SKIP_BUILD", "CORPUS", "GOLDEN", "HTTPFS", "POISON", "POISON_LOG", "COMMAND", "X"];
  expect(unknownVariables(Object.fromEntries(names.map((name) => [`PREP_${name}`, "1"])))).toEqual([]);
});
