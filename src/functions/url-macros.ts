// The functions of queries: the host of a URL and the domain that somebody registered.
import type { Macro } from "./macro.ts";
import { PUBLIC_SUFFIXES } from "./public-suffixes.ts";

/** The type whose values are the rules of the Public Suffix List: whether a text casts to it is one look-up in a hash table. */
const RULE_TYPE = "public_suffix_rule";

/** The statements that the macros of this file need before them. */
export const URL_TYPES: readonly string[] = [
  `CREATE OR REPLACE TYPE ${RULE_TYPE} AS ENUM (${PUBLIC_SUFFIXES.split(" ")
    .map((rule) => `'${rule}'`)
    .join(", ")})`,
];

const last = (count: number) => `array_to_string(labels[-${count}:], '.')`;
const isRule = (rule: string) => `TRY_CAST(${rule} AS ${RULE_TYPE}) IS NOT NULL`;

/** Labels in the public suffix, by the longest rule that fits; an unknown top level domain is a suffix of one label. */
const SUFFIX_LABELS = `CASE
  WHEN len(labels) < 2 THEN 1
  WHEN len(labels) > 2 AND ${isRule(`'!' || ${last(3)}`)} THEN 2
  WHEN ${isRule(`'!' || ${last(2)}`)} THEN 1
  WHEN len(labels) > 3 AND ${isRule(last(4))} THEN 4
  WHEN len(labels) > 2 AND (${isRule(last(3))} OR ${isRule(`'*.' || ${last(2)}`)}) THEN 3
  WHEN ${isRule(last(2))} OR ${isRule(`'*.' || ${last(1)}`)} THEN 2
  ELSE 1 END`;

export const URL_MACROS: readonly Macro[] = [
  {
    name: "url_host",
    parameters: ["url"],
    // As the WHATWG's parser finds it: a backslash ends the host, the last @ begins it, a dot at its end is none. The expression
    // for all that takes RE2 six times as long as the first one, which nearly every URL satisfies.
    body: `nullif(rtrim(coalesce(nullif(regexp_extract(url, '^https?://([a-z0-9.-]+)/', 1), ''), lower(regexp_extract(url, '^\\s*[A-Za-z][A-Za-z0-9+.-]*:[/\\\\]{2}(?:[^/\\\\?#]*@)?(\\[[^\\]/\\\\?#]*\\]|[^/\\\\?#:]*)', 1))), '.'), '')`,
    says: "The host of a URL in lower case, without user, port and dot at its end; NULL where there is none.",
  },
  {
    name: "domain_of_labels",
    parameters: ["labels"],
    body: `CASE WHEN len(labels) > suffix_labels(labels) THEN array_to_string(labels[-(suffix_labels(labels) + 1):], '.') END`,
  },
  {
    name: "registrable_domain",
    parameters: ["url"],
    body: `list_transform([coalesce(url_host(url), lower(url))], lambda host: CASE WHEN NOT regexp_matches(host, '^[0-9.]+$|[][:/ ]|^$|\\.\\.|^\\.')
  THEN list_transform([string_split(host, '.')], lambda labels: domain_of_labels(labels))[1] END)[1]`,
    says: "The domain that somebody registered (example.co.uk of www.example.co.uk), of a URL or a host; NULL for addresses and bare suffixes.",
  },
];

/** Called by name so that its long expression is written once. */
export const URL_PARTS: readonly Macro[] = [{ name: "suffix_labels", parameters: ["labels"], body: SUFFIX_LABELS }];
