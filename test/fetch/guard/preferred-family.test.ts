// Which address family is asked for first, also by the routes of real network namespaces.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Family, preferredFamily } from "../../../src/fetch/guard/preferred-family.ts";

const run = promisify(execFile);

/** What a process prefers in a network namespace whose routes these commands set. */
async function preferredIn(commands: string): Promise<string> {
  const module = new URL("../../../src/fetch/guard/preferred-family.ts", import.meta.url).href;
  const ask = `import("${module}").then(async (m) => console.log(await m.preferredFamily()()))`;
  const script = `ip link set lo up\n${commands}\nexec "$0" --import tsx --input-type=module --eval '${ask}'`;
  return (await run("unshare", ["--net", "sh", "-ec", script, process.execPath], { cwd: import.meta.dirname })).stdout.trim();
}

/** Network namespaces need rights that not every machine gives. */
const hasNamespaces = await run("unshare", ["--net", "ip", "link", "set", "lo", "up"]).then(
  () => true,
  () => false,
);

describe("preferredFamily", () => {
  it.each([
    [true, true, 4],
    [true, false, 4],
    [false, true, 6],
    [false, false, 4],
  ])("with a route for IPv4 %s and for IPv6 %s it is %i", async (hasIpv4, hasIpv6, family) => {
    expect(await preferredFamily(async (of: Family) => (of === 4 ? hasIpv4 : hasIpv6))()).toBe(family);
  });

  it("notices a route that appears during a run", async () => {
    let time = 0;
    let isUp = false;
    const prefer = preferredFamily(
      async (of) => of === 6 && isUp,
      () => time,
    );
    expect(await prefer()).toBe(4);
    isUp = true;
    time = 60_000;
    expect(await prefer()).toBe(6);
  });

  it.runIf(hasNamespaces).each([
    ["no route", "", "4"],
    ["IPv6 alone", "ip -6 route add default dev lo", "6"],
    ["both", "ip route add default dev lo; ip -6 route add default dev lo", "4"],
  ])("asks the kernel: %s", async (_, commands, family) => {
    expect(await preferredIn(commands)).toBe(family);
  });
});
