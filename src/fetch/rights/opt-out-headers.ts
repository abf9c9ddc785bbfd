// Response headers by which a site says that its pictures are not for this use.
import { type Failure, failure } from "../../core/outcome.ts";

/** Response headers as undici gives them: lower-case names, an array if a header came more than once. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** img2dataset's default list of X-Robots-Tag directives that refuse a download. */
export const DEFAULT_DISALLOWED_DIRECTIVES: readonly string[] = ["noai", "noimageai", "noindex", "noimageindex"];

/** Which headers count. */
export interface DirectiveRules {
  /** Lower-case X-Robots-Tag directives that refuse a download. If empty, the header is ignored. */
  readonly disallowedDirectives: ReadonlySet<string>;
  readonly honourTdmReservation: boolean;
  /** The lower-case name that rules address us by, such as `prep`. */
  readonly agent: string;
  /** A second lower-case name, which the user gave us. */
  readonly token?: string;
}

// Directives with a value: the colon does not make them names of agents.
const UNAVAILABLE_AFTER = "unavailable_after";
const VALUED = new Set([UNAVAILABLE_AFTER, "max-snippet", "max-image-preview", "max-video-preview"]);

// Matches up to the value and no further: a hostile header can nest thousands of scopes.
const SCOPE = /^([^\s:]+)\s*:\s*/;

/** Why the response's owner does not want it used: `opted_out`, `tdm_reserved`, or undefined. */
export function optOutOf(headers: ResponseHeaders, rules: DirectiveRules, nowMs: number): Failure | undefined {
  if (rules.disallowedDirectives.size > 0) {
    for (const line of headerValues(headers["x-robots-tag"])) {
      const found = directivesFor(line, rules.agent, rules.token, nowMs).find((directive) => rules.disallowedDirectives.has(directive));
      if (found) return failure("opted_out", found);
    }
  }
  if (rules.honourTdmReservation && headerValues(headers["tdm-reservation"]).some((value) => value.trim() === "1"))
    return failure("tdm_reserved");
  return undefined;
}

/**
 * The lower-case directives of one X-Robots-Tag value that address `agent` or `token`. `agent: a, b` scopes the directives behind
 * it. `unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT`, with its commas and colons, is no directive before its date and
 * `noindex` from then on. Other directives with a value are dropped. `none` stands for `noindex` and `nofollow`.
 */
export function directivesFor(value: string, agent: string, token = agent, nowMs = Number.NEGATIVE_INFINITY): string[] {
  const directives: string[] = [];
  let isForUs = true;
  const items = value.toLowerCase().split(",");
  for (let item = items.shift(); item !== undefined; item = items.shift()) {
    let rest = item.trim();
    // Names have no blanks, so the time in a date's second half is not taken for a name.
    for (let scope = SCOPE.exec(rest); scope; scope = SCOPE.exec(rest)) {
      const [whole, name = ""] = scope;
      const after = rest.slice(whole.length);
      if (VALUED.has(name)) {
        // A date that begins with a day's name goes on behind the comma.
        const date = name === UNAVAILABLE_AFTER && !/\d/.test(after) ? `${after},${items.shift() ?? ""}` : after;
        rest = isForUs && name === UNAVAILABLE_AFTER && Date.parse(date.toUpperCase()) <= nowMs ? "noindex" : "";
        break;
      }
      isForUs = name === agent || name === token || name === "*";
      rest = after;
    }
    if (isForUs && rest !== "") directives.push(...(rest === "none" ? ["noindex", "nofollow"] : [rest]));
  }
  return directives;
}

function headerValues(header: string | readonly string[] | undefined): readonly string[] {
  return header === undefined ? [] : typeof header === "string" ? [header] : header;
}
