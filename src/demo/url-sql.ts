// SQL for URLs with LAION's lengths, hosts and oddities; each path names its picture's size.
import { bits, pick, textList, unit } from "./hash-sql.ts";
import { EXTENSIONS, FOLDERS, HOST_PREFIXES, NAMES, NOUNS, TOP_HOSTS } from "./word-lists.ts";

/** Number of hosts. Rank r has a share near 1 / (r ln(hosts + 1)): the first 6 %, the first hundred 40 %. */
export const HOST_COUNT = 100_000;

/** The lists that the expressions of this file read. They are columns of the one-row table beside the rows. */
export const URL_LISTS: Readonly<Record<string, string>> = {
  folders: textList(FOLDERS),
  extensions: textList(EXTENSIONS),
  host_prefixes: textList(HOST_PREFIXES),
  top_hosts: textList(TOP_HOSTS),
};

/** The rank of a row's host, from 1, as INTEGER: Zipf with exponent 1. */
export function hostRank(hash: string): string {
  return `floor(exp(${unit(hash, 0)} * ${Math.log(HOST_COUNT + 1)}))::INTEGER`;
}

/** The host name of a rank (a column). No two ranks share one. */
function hostName(rank: string): string {
  return `CASE WHEN ${rank} <= ${TOP_HOSTS.length} THEN top_hosts[${rank}] ELSE concat(
    host_prefixes[${rank} * 7 % ${HOST_PREFIXES.length} + 1], lower(names[${rank} % ${NAMES.length} + 1]), nouns[${rank} // ${NAMES.length} + 1],
    CASE WHEN ${rank} % 3 = 0 THEN '.test' ELSE '.example' END) END`;
}

/** Names of the columns that the URL of a row is built from. */
export interface UrlParts {
  readonly hosts: string;
  readonly names: string;
  readonly words: string;
  readonly rank: string;
  readonly width: string;
  readonly height: string;
}

/**
 * The URL of a row. `/WIDTHxHEIGHT/` is always in its path. With a port all URLs are plain http to it, else 70 % are https. One
 * in 2,300 is null or no http URL, one in 8,000 has 2 to 8 thousand characters.
 */
export function url(parts: UrlParts, port: number | undefined): string {
  const { hosts, names, words } = parts;
  const scheme = port === undefined ? `CASE WHEN ${bits(hosts, 32, 7)} < 90 THEN 'https://' ELSE 'http://' END` : "'http://'";
  const word = (shift: number) => pick("nouns", NOUNS.length, words, shift);
  const style = bits(names, 0, 4);
  const longer = bits(names, 4, 3);
  const name = `CASE WHEN ${style} < 8 THEN concat(${word(0)}, '-', ${word(12)}, '-', ${word(24)}, '_', ${bits(names, 32, 24)},
      CASE WHEN ${longer} < 4 THEN concat('-', ${word(36)}, '-', ${word(48)}) END)
    WHEN ${style} < 14 THEN CASE WHEN ${longer} < 2 THEN concat(hex(${words}), '_', hex(${names})) ELSE hex(${words}) END
    ELSE concat(${bits(names, 32, 24)}, '_', ${bits(words, 0, 30)}, '_n') END`;
  const special = bits(hosts, 40, 7);
  const query = `CASE WHEN ${special} < 6 THEN concat('?v=', ${bits(words, 8, 30)}) WHEN ${special} < 9 THEN '?w=640&amp;q=80'
    WHEN ${special} = 9 THEN '?src=http://other.example/a,b.jpg' WHEN ${special} = 10 THEN '?name=caf%C3%A9%2C2'
    WHEN ${special} = 11 AND ${bits(hosts, 47, 6)} = 0 THEN concat('?t=', repeat(hex(${words}), 128 + ${bits(names, 8, 8)}))
    WHEN ${special} = 12 THEN '?"q"=a b' END`;
  const rare = bits(hosts, 47, 14);
  const whole = `concat(${scheme}, ${hostName(parts.rank)}, ${port === undefined ? "" : `':${port}', `}'/', ${pick("folders", FOLDERS.length, names, 7)}, '/',
    ${bits(names, 16, 12)}, '/', ${parts.width}, 'x', ${parts.height}, '/', ${name}, ${pick("extensions", EXTENSIONS.length, names, 48)}, ${query})`;
  return `CASE ${rare} WHEN 7 THEN NULL WHEN 8 THEN '' WHEN 9 THEN NULL WHEN 10 THEN concat('/images/', hex(${words}), '.jpg')
    WHEN 11 THEN concat('ftp://', hex(${words}), '.example/a.jpg') WHEN 12 THEN 'data:image/gif;base64,R0lGODlhAQABAAAAACw='
    WHEN 13 THEN 'http://' ELSE ${whole} END`;
}
