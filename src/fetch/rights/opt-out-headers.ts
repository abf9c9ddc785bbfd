// Fetch, between headers and body: has the site said, by header, that its pictures are not for this use?
import { type Failure, failure } from "../../core/outcome.ts";

/** Response headers as the client gives them: lower-case names, an array where a header came more than once. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** img2dataset's default list of X-Robots-Tag directives that refuse a download. */
export const DEFAULT_DISALLOWED_DIRECTIVES: readonly string[] = ["noai", "noimageai", "noindex", "noimageindex"];

/** Which reservations count. */
export interface DirectiveRules {
  /** Lower-case X-Robots-Tag directives that refuse a download; empty ignores the header. */
  readonly disallowedDirectives: ReadonlySet<string>;
  readonly honourTdmReservation: boolean;
  /** Lower-case name under which rules for one agent are meant for us, such as `prep`. */
  readonly agent: string;
  /** A second such name, lower case, which the user gave us. */
  readonly token?: string;
}

// Directives with a value: the colon does not make them names of agents.
const UNAVAILABLE_AFTER = "unavailable_after";
const VALUED = new Set([UNAVAILABLE_AFTER, "max-snippet", "max-image-preview", "max-video-preview"]);

// Up to the value and no further: a hostile header can be thousands of scopes, one within the other.
const SCOPE = /^([^\s:]+)\s*:\s*/;

/** Why the response's owner does not want it used: `opted_out`, `tdm_reserved`, or undefined. */
export function optOutOf(headers: ResponseHeaders, rules: DirectiveRules, nowMs: number): Failure | undefined {
  if (rules.disallowedDirectives.size > 0) {
    for (const line of valuesOf(headers["x-robots-tag"])) {
      const found = directivesFor(line, rules.agent, rules.token, nowMs).find((directive) => rules.disallowedDirectives.has(directive));
      if (found) return failure("opted_out", found);
    }
  }
  if (rules.honourTdmReservation && valuesOf(headers["tdm-reservation"]).some((value) => value.trim() === "1"))
    return failure("tdm_reserved");
  return undefined;
}

/**
 * The directives of one X-Robots-Tag value that are meant for `agent` or `token`, lower case. `agent: a, b` scopes what follows it;
 * a value such as `unavailable_after: Fri, 25 Jun 2010 15:00:00 GMT` is none, commas and colons included, until its date:
 * from then on it is `noindex`. `none` is two.
 */
export function directivesFor(value: string, agent: string, token = agent, nowMs = Number.NEGATIVE_INFINITY): string[] {
  const directives: string[] = [];
  let isForUs = true;
  const items = value.toLowerCase().split(",");
  for (let item = items.shift(); item !== undefined; item = items.shift()) {
    let rest = item.trim();
    // Names have no blanks, so the clock of a date's second half is not taken for one.
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

function valuesOf(header: string | readonly string[] | undefined): readonly string[] {
  return header === undefined ? [] : typeof header === "string" ? [header] : header;
}
