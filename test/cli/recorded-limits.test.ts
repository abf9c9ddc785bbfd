// The limits of an output's last start, from its settings back to options.
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { downloadSettings } from "../../src/cli/configs.ts";
import { addOptions, type OptionValues } from "../../src/cli/options/commander-options.ts";
import { givenOptions, withRecorded } from "../../src/cli/recorded-limits.ts";
import { OPTIONS } from "../../src/job/options/table.ts";

function parsed(...words: string[]): { readonly values: OptionValues; readonly isDefault: (name: string) => boolean } {
  const command = new Command().exitOverride();
  addOptions(command, "retry");
  command.parse(words, { from: "user" });
  return { values: command.opts(), isDefault: (name) => command.getOptionValueSource(name) === "default" };
}

const EVERY = [
  ...["--timeout", "3", "--total-timeout", "7.5", "--retries", "4", "--max-outage", "60", "--max-image-bytes", "5MB"],
  ...["--connections-per-host", "2", "--thread-count", "9", "--processes-count", "3", "--dns-server", "127.0.0.1:53"],
  ...["--allow-private-network", "--allow-port", "8080", "--allow-port", "9000", "--robots", "ignore", "--block-list", "/lists/a b.txt"],
  ...["--disallowed-header-directives", "[]", "--ignore-tdm-reservation", "--contact", "https://lab.test/a;b", "--user-agent-token", "jo"],
  ...["--insecure-tls", "--proxy", "http://jo:secret@proxy.test:3128"],
];

function settingsOf(...words: string[]) {
  const { values, isDefault } = parsed(...words);
  return downloadSettings(values, "1", givenOptions(values, isDefault));
}

it("this test gives every recorded option", () => {
  const recorded = OPTIONS.filter((option) => option.recorded !== undefined).map(({ name }) => name);
  const given = EVERY.filter((word) => word.startsWith("--")).map((word) => word.slice(2));
  expect(new Set(given)).toEqual(new Set(recorded));
});

describe("recorded limits", () => {
  it("all come back from the settings", () => {
    const settings = settingsOf(...EVERY);
    const { values, isDefault } = parsed();
    const again = withRecorded(values, isDefault, JSON.parse(JSON.stringify(settings)) as typeof settings);
    const { given, ...limits } = settings;
    expect(downloadSettings(again.values, "1", again.given)).toEqual({ ...limits, given: expect.any(Array) as unknown });
    expect(new Set(again.given)).toEqual(new Set(given));
    expect(again.notice).toContain("--timeout 3 ");
    expect(again.notice).toContain("--allow-port 8080 9000");
    expect(again.notice).toContain("--block-list '/lists/a b.txt'");
    expect(again.notice).not.toContain("secret");
  });

  it("are overridden one by one by options given now", () => {
    const { values, isDefault } = parsed("--timeout", "9", "--no-allow-private-network");
    const merged = withRecorded(values, isDefault, settingsOf(...EVERY));
    const settings = downloadSettings(merged.values, "1", merged.given);
    expect(settings).toMatchObject({ timeoutMs: 9000, allowPrivateNetwork: false, totalTimeoutMs: 7500, allowedPorts: [8080, 9000] });
  });

  it("of older versions, which do not record what was given, are those that differ from defaults, except the machine's", () => {
    const { given: _, ...old } = settingsOf("--timeout", "3", "--allow-port", "8080", "--thread-count", "9");
    const { values, isDefault } = parsed();
    const merged = withRecorded(values, isDefault, old);
    expect(merged.notice).toBe("using the limits that this output was made with: --timeout 3 --allow-port 8080");
    expect(withRecorded(values, isDefault, undefined)).toEqual({ values, given: [], notice: undefined });
  });
});
