// Rewriting of img2dataset's command lines, word by word.
import { describe, expect, it } from "vitest";
import { normalizeArguments } from "../../src/cli/normalize-arguments.ts";

const words = (text: string) => normalizeArguments(["download", "list.txt", ...text.split(" ")]).slice(2);

describe("a command line of img2dataset", () => {
  it.each([
    ["--image_size 512", "--image-size 512"],
    ["--image-size=512", "--image-size=512"],
    ["--image_size=1e3", "--image-size=1e3"],
    ["--output_folder out", "--output out"],
    ["--output_folder=out", "--output=out"],
    ["--skip_reencode", "--skip-reencode"],
    ["--skip_reencode True", "--skip-reencode"],
    ["--skip_reencode=True", "--skip-reencode"],
    ["--skip_reencode=1", "--skip-reencode"],
    ["--skip_reencode False", "--no-skip-reencode"],
    ["--skip_reencode=false", "--no-skip-reencode"],
    ["--skip_reencode None", "--no-skip-reencode"],
    ["--noskip_reencode", "--no-skip-reencode"],
    ["--no-skip-reencode", "--no-skip-reencode"],
    ["--skip_reencode --quiet", "--skip-reencode --quiet"],
    ["--ignore_ssl_certificate True", "--insecure-tls"],
    ["--noignore_ssl_certificate", "--no-insecure-tls"],
    ['--save_additional_columns ["a","b"]', "--save-additional-columns=a --save-additional-columns=b"],
    ["--save_additional_columns=['a','b']", "--save-additional-columns=a --save-additional-columns=b"],
    ["--save_additional_columns [a,b]", "--save-additional-columns=a --save-additional-columns=b"],
    ["--save_additional_columns=a,b", "--save-additional-columns=a --save-additional-columns=b"],
    ['--save_additional_columns ("a","b")', "--save-additional-columns=a --save-additional-columns=b"],
    ['--save_additional_columns ["a,b"]', "--save-additional-columns=a,b"],
    ["--save_additional_columns a b", "--save-additional-columns a b"],
    ["--save_additional_columns None", "--save-additional-columns=[]"],
    ["--disallowed_header_directives []", "--disallowed-header-directives []"],
    ["--disallowed_header_directives=[]", "--disallowed-header-directives=[]"],
    ["--disallowed_header_directives None --retries 2", "--retries 2"],
    ["--caption_col None", ""],
    ["--caption_col=None", ""],
    ['--caption_col "TEXT"', "--caption-col TEXT"],
    ["--compute_hash None", "--compute-hash None"],
    ["--max_aspect_ratio inf", ""],
    ['--verify_hash ["md5","md5"]', "--verify-hash=md5 --verify-hash=md5"],
    ["--contact None", "--contact None"],
    ["--dns_server 127.0.0.1:53 [::1]:53", "--dns-server 127.0.0.1:53 [::1]:53"],
    ["--image_sise=3", "--image-sise=3"],
    ["-- --image_size=3", "-- --image_size=3"],
  ])("%s becomes %s", (given, wanted) => expect(words(given).join(" ")).toBe(wanted));

  it("may name its list as an option, anywhere", () => {
    expect(normalizeArguments(["download", "--save_additional_columns", "a", "b", "--url_list", "x y.txt"])).toEqual([
      "download",
      "x y.txt",
      "--save-additional-columns",
      "a",
      "b",
    ]);
    expect(normalizeArguments(["download", "--url_list=a.txt"])).toEqual(["download", "a.txt"]);
  });

  it("keeps arguments that look like lists unchanged", () => {
    expect(normalizeArguments(["run", "[a,b]", "--set", "a=[1,2]"])).toEqual(["run", "[a,b]", "--set", "a=[1,2]"]);
  });

  it("refuses a flag that is neither on nor off", () => {
    expect(() => words("--skip_reencode=maybe")).toThrow("--skip-reencode=maybe is neither true nor false");
  });
});

it('SQL that begins with a comment is not an option, as in prep filter "$(cat mine.sql)"', () => {
  for (const sql of ["-- What it keeps.\nSELECT url FROM metadata", "--\nSELECT 1", "--what\nSELECT 1"]) {
    expect(normalizeArguments(["filter", sql, "--output", "out"])).toEqual(["filter", ` ${sql}`, "--output", "out"]);
  }
  expect(normalizeArguments(["download", "list.txt", "--contact=a\nb"])).toEqual(["download", "list.txt", "--contact=a\nb"]);
});
