// What `--debug` and a defect print for a report, and what they leave out.
import { afterEach, expect, it, vi } from "vitest";
import { explainError } from "../../src/cli/explain-error.ts";
import { issuesAddress } from "../../src/cli/package-facts.ts";
import { runPrepHere } from "../support/prep-here.ts";

afterEach(() => vi.restoreAllMocks());

const VERSIONS = /^versions: prep \d\S*, Node \d\S*, DuckDB v\d\S*, sharp \d\S*, libvips \d\S*, undici \d\S*, OS \w+ \w+ \S+$/m;

it("--debug adds versions, settings and the stack to an error, without logins and tokens", async () => {
  const secret = ["--proxy", "http://jo:secret@proxy.test:1", "--contact", "https://jo:secret@lab.test/hf_abcdefABCDEF0123456789"];
  const { code, stderr } = await runPrepHere(["download", "nothing.csv", "--output", "nowhere/out", "--debug", ...secret]);
  expect(code).toBe(4);
  expect(stderr).toMatch(/^error: /m);
  expect(stderr).toMatch(VERSIONS);
  expect(stderr).toMatch(/^command: prep download nothing\.csv --output nowhere\/out --debug --proxy http:\/\/proxy\.test:1 /m);
  expect(stderr).toMatch(/^settings: \{.*"output":"nowhere\/out".*"timeout":10,.*"proxy":"\(given\)".*\}$/m);
  expect(stderr).toMatch(/^stack: InputError: .*\n +at /m);
  expect(stderr).not.toMatch(/secret|hf_abc/);
});

it("an error without --debug has no stack", async () => {
  const { stderr } = await runPrepHere(["status", "nowhere"]);
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toMatch(/stack|versions|debug/);
});

it("a defect names --debug, and the address for reports if the package has one", async () => {
  let said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  expect(await explainError(new TypeError("no such thing"), ["status", "out"], undefined)).toBe(1);
  expect(said).toMatch(/^prep has a defect: TypeError: no such thing\n +at /);
  const address = issuesAddress();
  expect(said).toContain(`hint: Please report it${address ? ` at ${address}` : ""}, and attach what the same command prints with --debug.`);
  expect(said).not.toMatch(/^versions/m);
});
