// Functions of URLs for queries: the host, and the registrable domain.
import type { Macro } from "./macro.ts";
import { PUBLIC_SUFFIXES } from "./public-suffixes.ts";

/** An enum of the rules of the Public Suffix List. Whether a text casts to it is one look-up in a hash table. */
const RULE_TYPE = "public_suffix_rule";

/** Statements that must run before the macros of this file. */
export const URL_TYPES: readonly string[] = [
  `CREATE OR REPLACE TYPE ${RULE_TYPE} AS ENUM (${PUBLIC_SUFFIXES.split(" ")
    .map((rule) => `'${rule}'`)
    .join(", ")})`,
];

const last = (count: number) => `array_to_string(labels[-${count}:], '.')`;
const isRule = (rule: string) => `TRY_CAST(${rule} AS ${RULE_TYPE}) IS NOT NULL`;

/** The number of labels in the public suffix, by the longest rule that fits; 1 for an unknown top-level domain. */
const SUFFIX_LABELS = `CASE
  WHEN len(labels) < 2 THEN 1
  WHEN len(labels) > 2 AND ${isRule(`'!' || ${last(3)}`)} THEN 2
  WHEN ${isRule(`'!' || ${last(2)}`)} THEN 1
  WHEN len(labels) > 3 AND ${isRule(last(4))} THEN 4
  WHEN len(labels) > 2 AND (${isRule(last(3))} OR ${isRule(`'*.' || ${last(2)}`)}) THEN 3
  WHEN ${isRule(last(2))} OR ${isRule(`'*.' || ${last(1)}`)} THEN 2
  ELSE 1 END`;

/** The functions of URLs that queries can call, and what they need. */
export const URL_MACROS: readonly Macro[] = [
  {
    name: "url_host",
    parameters: ["url"],
    // As the WHATWG URL parser: a backslash ends the host, it starts after the last @, and a dot at its end is dropped. RE2 takes six
    // times as long for the full expression as for the first one, which nearly every URL matches.
    body: `nullif(rtrim(coalesce(nullif(regexp_extract(url, '^https?://([a-z0-9.-]+)/', 1), ''), lower(regexp_extract(url, '^\\s*[A-Za-z][A-Za-z0-9+.-]*:[/\\\\]{2}(?:[^/\\\\?#]*@)?(\\[[^\\]/\\\\?#]*\\]|[^/\\\\?#:]*)', 1))), '.'), '')`,
    says: "The host of a URL in lower case, without user, port and final dot; NULL if there is none.",
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
    says: "The registrable domain of a URL or host, such as example.co.uk for www.example.co.uk; NULL for IP addresses and bare suffixes.",
  },
];

/** A macro that the others call, so that its long expression is written once. */
export const URL_PARTS: readonly Macro[] = [{ name: "suffix_labels", parameters: ["labels"], body: SUFFIX_LABELS }];
