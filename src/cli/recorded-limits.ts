// Limits of an output's last start, with which `retry`, `verify --repair` and `continue` begin.
import { shellWord } from "../core/shell-word.ts";
import { parseBytes } from "../core/units.ts";
import type { DownloadSettings } from "../job/config.ts";
import type { OptionValues } from "./options/commander-options.ts";
import { defaultOf, type OptionSpec } from "./options/spec.ts";
import { OPTIONS } from "./options/table.ts";

/** Each option of a download that is no part of an output's identity, as settings have it, those of older versions too; undefined for none. */
const RECORDED: Readonly<Record<string, (settings: Partial<DownloadSettings>) => unknown>> = {
  timeout: ({ timeoutMs }) => seconds(timeoutMs),
  totalTimeout: ({ totalTimeoutMs }) => seconds(totalTimeoutMs),
  retries: ({ retries }) => retries,
  maxOutage: ({ maxOutageMs }) => seconds(maxOutageMs),
  maxImageBytes: ({ maxImageBytes }) => maxImageBytes,
  connectionsPerHost: ({ connectionsPerHost }) => connectionsPerHost,
  threadCount: ({ downloadsPerProcess }) => downloadsPerProcess,
  processesCount: ({ processes }) => processes,
  dnsServer: ({ dnsServers }) => unlessEmpty(dnsServers),
  allowPrivateNetwork: ({ allowPrivateNetwork }) => allowPrivateNetwork,
  allowPort: ({ allowedPorts }) => (Array.isArray(allowedPorts) ? unlessEmpty(allowedPorts.map(String)) : undefined),
  robots: ({ robots }) => robots,
  blockList: ({ blockLists }) => unlessEmpty(blockLists),
  disallowedHeaderDirectives: ({ disallowedDirectives }) => (disallowedDirectives?.length === 0 ? ["[]"] : disallowedDirectives),
  ignoreTdmReservation: ({ honourTdmReservation }) => (honourTdmReservation === undefined ? undefined : !honourTdmReservation),
  contact: ({ userAgent }) => /[( ]\+([!-~]+)\)$/.exec(userAgent ?? "")?.[1],
  userAgentToken: ({ userAgentToken }) => userAgentToken,
  insecureTls: ({ insecureTls }) => insecureTls,
  proxy: ({ proxy }) => proxy,
};

/** What follows from the machine where nobody says it. */
const OF_MACHINE: ReadonlySet<string> = new Set(["connectionsPerHost", "threadCount", "processesCount"]);

/** The values of a command line over what an output has recorded. */
export interface WithRecorded {
  readonly values: OptionValues;
  /** The limits that were named, now or by the starts before. */
  readonly given: readonly string[];
  /** For people: the recorded ones that are used. */
  readonly notice: string | undefined;
}

/** The options of a command line that the user named, on it or in the environment. */
export function givenOptions(values: OptionValues, isDefault: (name: string) => boolean): string[] {
  return Object.keys(values).filter((name) => values[name] !== undefined && !isDefault(name));
}

/**
 * Puts what the last start was told under what this one is told; `settings` are undefined where there was none. Of `named` limits
 * only those that somebody named, of `all` also the defaults that the run began with.
 */
export function withRecorded(
  values: OptionValues,
  isDefault: (name: string) => boolean,
  settings: Partial<DownloadSettings> | undefined,
  which: "named" | "all" = "named",
): WithRecorded {
  const merged: Record<string, unknown> = { ...values };
  const given = new Set(givenOptions(values, isDefault).filter((name) => name in RECORDED));
  const used: string[] = [];
  for (const [name, read] of settings ? Object.entries(RECORDED) : []) {
    if (!settings || given.has(name)) continue;
    const value = checked(name, read(settings));
    const isGiven =
      settings.given?.includes(name) ?? (!OF_MACHINE.has(name) && JSON.stringify(value) !== JSON.stringify(defaultValue(name)));
    if (value !== undefined && which === "all" && !OF_MACHINE.has(name)) merged[name] = value;
    if (value === undefined || !isGiven) continue;
    merged[name] = value;
    given.add(name);
    used.push(optionText(name, value));
  }
  const notice = used.length > 0 ? `with the limits that this output was made with: ${used.join(" ")}` : undefined;
  return { values: merged, given: [...given], notice };
}

/** An option with its value as a shell takes it. */
export function optionText(name: string, value: unknown): string {
  const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (typeof value === "boolean") return value ? option : option.replace("--", "--no-");
  return [option, ...(Array.isArray(value) ? value : [value]).map((one) => shellWord(String(one)))].join(" ");
}

function specOf(name: string): OptionSpec | undefined {
  return OPTIONS.find((spec) => spec.name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) === name);
}

/** The value, if an option can have it: the file that it comes from has no seal and may be a stranger's. */
function checked(name: string, value: unknown): unknown {
  const spec = specOf(name);
  const isText = (one: unknown) => typeof one === "string";
  switch (spec?.kind) {
    case "flag":
      return typeof value === "boolean" ? value : undefined;
    case "text":
      return isText(value) ? value : undefined;
    case "texts":
      return Array.isArray(value) && value.every(isText) ? value : undefined;
    case "choice":
      return isText(value) && spec.choices?.includes(String(value)) ? value : undefined;
    default: {
      const [least, most] = spec?.range ?? [0, Number.MAX_SAFE_INTEGER];
      return typeof value === "number" && value >= least && value <= most ? value : undefined;
    }
  }
}

function defaultValue(name: string): unknown {
  const option = specOf(name);
  const value = option && defaultOf(option, "retry");
  return option?.kind === "bytes" && typeof value === "string" ? parseBytes(value) : value;
}

function unlessEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list && list.length > 0 ? list : undefined;
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
