// IP addresses that a stranger's URL may not lead to; the connector asks before it connects.
import { BlockList, isIP, isIPv4 } from "node:net";

type Range = readonly [network: string, prefix: number, why: string];

/**
 * The refused ranges, and why. They are every block of the IANA IPv4 and IPv6 special-purpose registries as of October 2025,
 * including the few globally reachable ones, where nobody keeps pictures. They include every form that embeds an IPv4 address,
 * multicast, and Azure's host address, which is in no registry. IPv6 outside 2000::/3 is no unicast space that IANA has assigned,
 * so its three complements are here as wholes.
 */
export const REFUSED_RANGES: readonly Range[] = [
  ["0.0.0.0", 8, "this network"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "carrier-grade NAT"],
  ["127.0.0.0", 8, "loopback"],
  ["168.63.129.16", 32, "cloud host"],
  ["169.254.0.0", 16, "link-local"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "protocol assignments"],
  ["192.0.2.0", 24, "documentation"],
  ["192.31.196.0", 24, "AS112"],
  ["192.52.193.0", 24, "AMT relay"],
  ["192.88.99.0", 24, "6to4 relay"],
  ["192.168.0.0", 16, "private"],
  ["192.175.48.0", 24, "AS112"],
  ["198.18.0.0", 15, "benchmarking"],
  ["198.51.100.0", 24, "documentation"],
  ["203.0.113.0", 24, "documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved"],
  ["::1", 128, "loopback"],
  ["::", 128, "unspecified"],
  ["::", 96, "embedded IPv4"],
  ["::ffff:0:0", 96, "embedded IPv4"],
  ["64:ff9b::", 96, "NAT64"],
  ["64:ff9b:1::", 48, "NAT64"],
  ["100::", 64, "discard-only"],
  ["100:0:0:1::", 64, "dummy prefix"],
  ["2001::", 32, "Teredo"],
  ["2001::", 23, "protocol assignments"],
  ["2001:db8::", 32, "documentation"],
  ["2002::", 16, "6to4"],
  ["2620:4f:8000::", 48, "AS112"],
  ["3fff::", 20, "documentation"],
  ["5f00::", 16, "segment routing"],
  ["fc00::", 7, "private"],
  ["fe80::", 10, "link-local"],
  ["fec0::", 10, "site-local"],
  ["ff00::", 8, "multicast"],
  ["::", 3, "not global unicast"],
  ["4000::", 2, "not global unicast"],
  ["8000::", 1, "not global unicast"],
];

const familyOf = (address: string) => (isIPv4(address) ? "ipv4" : "ipv6");

const blockListOf = (ranges: readonly Range[]): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, familyOf(network));
  return list;
};

// BlockList also matches an IPv4 address in its mapped form, which the IPv6 ranges refuse as a whole. So each family has its own
// list.
const LISTS = {
  ipv4: blockListOf(REFUSED_RANGES.filter(([network]) => isIPv4(network))),
  ipv6: blockListOf(REFUSED_RANGES.filter(([network]) => !isIPv4(network))),
};

const REASONS = REFUSED_RANGES.map((range) => ({ family: familyOf(range[0]), list: blockListOf([range]), why: range[2] }));

/** The ranges in one list, for Node versions whose `net.connect` takes one. Ranges that contain all of IPv4 are left out. */
export const SECOND_LAYER: BlockList = blockListOf(REFUSED_RANGES.filter((range) => !blockListOf([range]).check("8.8.8.8", "ipv4")));

/**
 * Why an IP address may not be connected to, such as `127.0.0.1 (loopback)`; undefined if it may. Text that is no IP address is
 * refused.
 */
export function addressRefusal(address: string): string | undefined {
  if (isIP(address) === 0 || address.includes("%")) return `${address} (not a plain IP address)`;
  const family = familyOf(address);
  if (!LISTS[family].check(address, family)) return undefined;
  const reason = REASONS.find((candidate) => candidate.family === family && candidate.list.check(address, family));
  return `${address} (${reason?.why ?? "reserved"})`;
}
