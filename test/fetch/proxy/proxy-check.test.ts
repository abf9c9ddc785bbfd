// The check of a proxy before a run: useless proxies end it, other answers do not.
import { afterEach, describe, expect, it } from "vitest";
import { proxiesOf } from "../../../src/fetch/proxy/proxy.ts";
import { checkProxy } from "../../../src/fetch/proxy/proxy-check.ts";
import { type ProxyAnswer, type ScriptedProxy, startScriptedProxy } from "../../support/fetch/scripted-proxy.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function proxyThat(answer: () => ProxyAnswer): Promise<ScriptedProxy> {
  const proxy = await startScriptedProxy(answer);
  closing.push(proxy.stop);
  return proxy;
}

describe("before work, a proxy", () => {
  const check = async (proxy: ScriptedProxy, login = "") =>
    await checkProxy(proxiesOf(proxy.url.replace("//", `//${login}`), {}).https, 300);

  it.each<[string, ProxyAnswer]>([
    ["cannot reach an address that nobody has", { status: 504 }],
    ["allows others", { status: 403 }],
    ["takes its time", "silence"],
    ["gives up", "hang up"],
  ])("that %s may be used", async (_, answer) => {
    const proxy = await proxyThat(() => answer);
    await check(proxy);
    expect(proxy.asked).toEqual(["192.0.2.1:443"]);
  });

  it.each<[string, ProxyAnswer, string, RegExp]>([
    ["asks for a login", { status: 407 }, "", /^the proxy http:\/\/127\.0\.0\.1:\d+ asks for a login \(407\)$/],
    [
      "asks for another login",
      { status: 407 },
      "jo:secret@",
      /^the proxy http:\/\/127\.0\.0\.1:\d+ refuses the login that it was given \(407\)$/,
    ],
    ["is a web server", { status: 405 }, "", /is not a proxy that opens tunnels: it answers 405 to CONNECT/],
    ["is something else", { raw: "SSH-2.0-OpenSSH\r\n" }, "", /is not a proxy that opens tunnels: the proxy's answer is no HTTP/],
  ])("that %s ends the run with words for people", async (_, answer, login, message) => {
    const proxy = await proxyThat(() => answer);
    await expect(check(proxy, login)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(message),
      hint: expect.stringContaining("--proxy"),
    });
  });

  it("that does not exist ends the run with words for people", async () => {
    const proxy = await startScriptedProxy(() => "silence");
    await proxy.stop();
    await expect(check(proxy)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(/^the proxy http:\S+ cannot be reached: .*ECONNREFUSED/),
      hint: expect.stringContaining("--proxy"),
    });
  });
});
