// The refused ranges against the IANA registries: their first and last addresses, and neighbours.
import { isIPv4 } from "node:net";
import { describe, expect, it } from "vitest";
import { addressRefusal, REFUSED_RANGES, SECOND_LAYER } from "../../../src/fetch/guard/addresses.ts";
import { parseTarget } from "../../../src/fetch/guard/target-url.ts";

// [first, last, neighbour below, neighbour above]; a dash if another rule refuses the neighbour.
const RANGES: readonly (readonly [string, string, string, string])[] = [
  ["0.0.0.0", "0.255.255.255", "-", "1.0.0.0"],
  ["10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
  ["100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
  ["127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
  ["168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"],
  ["169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
  ["172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
  ["192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
  ["192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
  ["192.31.196.0", "192.31.196.255", "192.31.195.255", "192.31.197.0"],
  ["192.52.193.0", "192.52.193.255", "192.52.192.255", "192.52.194.0"],
  ["192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
  ["192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
  ["192.175.48.0", "192.175.48.255", "192.175.47.255", "192.175.49.0"],
  ["198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
  ["198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
  ["203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["224.0.0.0", "239.255.255.255", "223.255.255.255", "-"],
  ["240.0.0.0", "255.255.255.255", "-", "-"],
  ["::", "::ffff:ffff", "-", "-"],
  ["::ffff:0:0", "::ffff:ffff:ffff", "-", "-"],
  ["64:ff9b::", "64:ff9b::ffff:ffff", "-", "-"],
  ["64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "-", "-"],
  ["100::", "100::ffff:ffff:ffff:ffff", "-", "-"],
  ["100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", "-", "-"],
  ["::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-", "2000::"],
  ["2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"],
  ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"],
  ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"],
  ["2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::"],
  ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"],
  ["4000::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-"],
  ["5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-", "-"],
  ["8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-", "-"],
  ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-", "-"],
  ["fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-", "-"],
  ["fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-", "-"],
  ["ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "-", "-"],
];

describe("addressRefusal", () => {
  it.each(RANGES)("refuses %s to %s and nothing beside it", (first, last, below, above) => {
    expect(addressRefusal(first)).toContain(first);
    expect(addressRefusal(last)).toContain(last);
    for (const neighbour of [below, above]) if (neighbour !== "-") expect(addressRefusal(neighbour)).toBeUndefined();
  });

  it("has a second layer that agrees in both families", () => {
    const refused = (address: string) => SECOND_LAYER.check(address, isIPv4(address) ? "ipv4" : "ipv6");
    expect(["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::1"].map(refused)).toEqual(Array(6).fill(true));
    expect(["8.8.8.8", "2606:4700:4700::1111"].map(refused)).toEqual([false, false]);
  });

  it("has a case here for every range of its table", () => {
    const firsts = new Set(RANGES.map(([first]) => first));
    expect(REFUSED_RANGES.map(([network]) => network).filter((network) => !firsts.has(network))).toEqual(["::1"]);
  });

  it.each([
    ["169.254.169.254", "link-local"],
    ["169.254.170.2", "link-local"],
    ["100.100.100.200", "carrier-grade NAT"],
    ["192.0.0.192", "protocol assignments"],
    ["fd00:ec2::254", "private"],
    ["168.63.129.16", "cloud host"],
    ["127.0.0.1", "loopback"],
    ["::1", "loopback"],
    ["::7f00:1", "embedded IPv4"],
    ["::ffff:8.8.8.8", ""],
    ["64:ff9b::808:808", "NAT64"],
    ["2002:808:808::1", "6to4"],
    ["2001::808:808", "Teredo"],
    ["4000::1", "not global unicast"],
  ])("says why %s is refused", (address, why) => expect(addressRefusal(address)).toContain(why));

  it.each(["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:830::200e", "2620:fe::fe"])(
    "lets %s pass",
    (address) => expect(addressRefusal(address)).toBeUndefined(),
  );

  it.each(["", "localhost", "127.1", "0x7f.0.0.1", "1.2.3.4.", "fe80::1%eth0", "2600::1%1", "[::1]"])(
    "refuses %j, no plain address",
    (text) => expect(addressRefusal(text)).toBeDefined(),
  );
});

describe("every spelling of loopback that a URL can have", () => {
  it.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.1./",
    "http://１２７.０.０.１/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://%31%32%37.0.0.1/",
    "http://0/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::7f00:1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http:127.0.0.1/",
    "http:\\\\127.0.0.1\\",
  ])("%s is an address literal, and refused", (text) => {
    const url = parseTarget(text, { allowPrivateNetwork: false });
    if (!(url instanceof URL)) throw new Error(`not parsed: ${url.code}`);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    expect(isIPv4(host) || host.includes(":")).toBe(true);
    expect(addressRefusal(host)).toBeDefined();
  });
});
