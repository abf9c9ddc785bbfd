// Parses a robots.txt and applies its rules to a path, by RFC 9309.
// No library does it: a cache of hundreds of thousands of hosts should hold only the rules for us, and patterns of strangers
// must not become regular expressions.

/** One host's rules for us. */
export interface RobotsRules {
  /** Whether a path with its query, as a URL has it, may be fetched. `/robots.txt` always may. False if the rules are too many to check. */
  allows(path: string): boolean;
  /** Approximate number of characters held. */
  readonly size: number;
}

interface Rule {
  readonly isAllow: boolean;
  /** The pattern, split at its stars. */
  readonly parts: readonly string[];
  readonly isAnchored: boolean;
  /** Octets of the pattern: the longest matching pattern wins. */
  readonly length: number;
}

/**
 * Most characters that are looked at for one URL, approximately. A rule with a star may look at all of a path. A hostile file has
 * 40,000 of them, for a path of 16,000 characters that the site itself chose by a redirect.
 */
const MAX_WORK = 1e6;

/** No rules: everything may be fetched. */
export const ALLOW_ALL: RobotsRules = { allows: () => true, size: 0 };

/**
 * Reads a robots.txt. All groups that name one of `agents` (lower-case product tokens) count as one; without any, all groups of
 * `*`; without those, everything is allowed. Skips all lines but user-agent, allow and disallow.
 */
export function parseRobots(text: string, ...agents: readonly string[]): RobotsRules {
  const own: Rule[] = [];
  const common: Rule[] = [];
  let hasOwn = false;
  // Two facts about a group's names instead of the names, because a hostile file can have tens of thousands in a group.
  let isOurs = false;
  let isForAll = false;
  let isInRules = false;
  for (const line of text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/)) {
    const [, name = "", value = ""] = /^\s*([a-z-]+)\s*:\s*([^#]*)/i.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key === "user-agent") {
      if (isInRules) isOurs = isForAll = false;
      isInRules = false;
      const token = productToken(value);
      isOurs ||= agents.includes(token);
      isForAll ||= token === "*";
      hasOwn ||= isOurs;
    } else if (key === "allow" || key === "disallow") {
      isInRules = true;
      const rule = readRule(key === "allow", value.trim());
      if (rule && isOurs) own.push(rule);
      if (rule && isForAll) common.push(rule);
    }
  }
  const rules = hasOwn ? own : common;
  const searching = rules.filter(({ parts }) => parts.length > 1).length;
  const isTooMuch = (path: string) => searching * path.length > MAX_WORK;
  return rules.length === 0 ? ALLOW_ALL : { allows: (path) => !isTooMuch(path) && allows(rules, path), size: rulesSize(rules) };
}

// "FooBot/2.1" and "FooBot (x)" mean FooBot: a token has letters, digits, ., _ and - alone.
function productToken(value: string): string {
  const text = value.trim().toLowerCase();
  return text.startsWith("*") ? "*" : (/^[a-z0-9._-]+/.exec(text)?.[0] ?? "");
}

// An empty pattern is no rule.
function readRule(isAllow: boolean, value: string): Rule | undefined {
  if (value === "") return undefined;
  const isAnchored = value.endsWith("$");
  // Copied, because a slice keeps the whole text in memory, and thousands of hosts are remembered.
  const pattern = Buffer.from(canonicalPath(isAnchored ? value.slice(0, -1) : value), "latin1").toString("latin1");
  return { isAllow, parts: pattern.split(/\*+/), isAnchored, length: pattern.length };
}

function allows(rules: readonly Rule[], path: string): boolean {
  if (path === "/robots.txt") return true;
  const target = canonicalPath(path);
  let best: Rule | undefined;
  for (const rule of rules) {
    const isBetter = !best || rule.length > best.length || (rule.length === best.length && rule.isAllow);
    if (isBetter && matches(rule, target)) best = rule;
  }
  return best?.isAllow ?? true;
}

// Finds each part at its first place behind the one before. This takes linear time, where a regular expression can take
// exponential time.
function matches({ parts, isAnchored }: Rule, path: string): boolean {
  const [first = "", ...others] = parts;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  const last = isAnchored ? others.pop() : undefined;
  for (const part of others) {
    const found = path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  if (!isAnchored) return true;
  return last === undefined ? at === path.length : path.length - last.length >= at && path.endsWith(last);
}

// One spelling for both sides: text outside ASCII is encoded, octets that need no encoding are decoded, hex digits are upper
// case.
function canonicalPath(text: string): string {
  const encoded = text.replace(/[^ -~]+/g, (piece) => Buffer.from(piece, "utf8").toString("hex").replace(/../g, "%$&"));
  return encoded.replace(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : octet.toUpperCase();
  });
}

function rulesSize(rules: readonly Rule[]): number {
  return rules.reduce((sum, { length }) => sum + length + 300, 0);
}
