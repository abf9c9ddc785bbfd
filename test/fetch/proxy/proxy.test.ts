// The proxy of a connection by `--proxy` and the environment, and errors that show no password.
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../src/core/errors.ts";
import { proxiesOf, proxyFor, withoutLogin } from "../../../src/fetch/proxy/proxy.ts";

const wayOf = (environment: Record<string, string>, url: string) => proxyFor(proxiesOf("environment", environment), new URL(url))?.name;

describe("an address", () => {
  it("serves http and https, has port 80 by default, and needs no scheme", () => {
    for (const [text, name, hostname] of [
      ["http://proxy.lab:3128", "http://proxy.lab:3128", "proxy.lab"],
      ["http://proxy.lab/", "http://proxy.lab:80", "proxy.lab"],
      ["proxy.lab:3128", "http://proxy.lab:3128", "proxy.lab"],
      ["http://[::1]:3128", "http://[::1]:3128", "::1"],
    ] as const) {
      const { http, https, direct } = proxiesOf(text, { NO_PROXY: "*" });
      expect([http, https, direct]).toEqual([expect.objectContaining({ name, hostname }), http, []]);
    }
  });

  it("has a login that is sent, and neither shown nor stored", () => {
    const { https } = proxiesOf("http://jo%40lab:p%C3%A4ss%2Fw@proxy.lab:3128", {});
    expect(https.authorization).toBe(`Basic ${Buffer.from("jo@lab:päss/w").toString("base64")}`);
    expect(https.name).toBe("http://proxy.lab:3128");
    expect(withoutLogin("http://jo:secret@proxy.lab:3128")).toBe("http://proxy.lab:3128");
    expect(withoutLogin("environment")).toBe("environment");
  });

  it.each([
    ...["https://jo:secret@proxy.lab", "socks5://jo:secret@proxy.lab", "http://jo:secret/@proxy.lab", "http://jo:secret%zz@proxy.lab"],
    ...["http://jo:secret@", "http://jo:secret@proxy.lab/path", "http://jo:secret@proxy.lab:99999", "Environment secret"],
  ])("that is none of an HTTP proxy is refused, and not shown: %s", (text) => {
    const refusal = (work: () => unknown) => {
      try {
        return work();
      } catch (error) {
        return error instanceof UsageError ? `${error.message} ${error.hint}` : error;
      }
    };
    for (const said of [
      refusal(() => withoutLogin(text)),
      refusal(() => proxiesOf(text, {})),
      refusal(() => proxiesOf("environment", { https_proxy: text })),
    ]) {
      expect(said).toMatch(/^(--proxy|HTTPS_PROXY) is not the address of an HTTP proxy Write http:\/\/HOST:PORT/);
      expect(said).not.toMatch(/secret|jo/);
    }
  });
});

describe("the environment", () => {
  it("names a proxy for each scheme, in lower case first, and https without one uses that of http", () => {
    const both = { HTTP_PROXY: "http://plain:1", HTTPS_PROXY: "http://secure:2" };
    expect([wayOf(both, "http://a.example/"), wayOf(both, "https://a.example/")]).toEqual(["http://plain:1", "http://secure:2"]);
    expect(wayOf({ ...both, https_proxy: "http://lower:3" }, "https://a.example/")).toBe("http://lower:3");
    expect(wayOf({ HTTP_PROXY: "http://plain:1" }, "https://a.example/")).toBe("http://plain:1");
    expect(wayOf({ HTTPS_PROXY: "http://secure:2" }, "http://a.example/")).toBeUndefined();
  });

  it("without a proxy is refused, because nothing would go through one", () => {
    expect(() => proxiesOf("environment", { ALL_PROXY: "http://x:1", HTTP_PROXY: "" })).toThrow(
      /neither HTTP_PROXY nor HTTPS_PROXY is set/,
    );
  });

  it.each([
    ["example.com", ["https://example.com/", "https://img.example.com/"], ["https://notexample.com/", "https://example.com.evil/"]],
    [".example.com, *.other.net", ["https://example.com/", "https://a.b.other.net/"], ["https://example.net/"]],
    ["EXAMPLE.com:8443", ["https://example.com:8443/"], ["https://example.com/"]],
    ["example.com:443 example.net:80", ["https://example.com/", "http://example.net/"], ["http://example.com/", "https://example.net/"]],
    [
      "10.1.2.3 [2606:4700::1111]:443 ::1",
      ["https://10.1.2.3/", "https://[2606:4700::1111]/", "http://[::1]:8080/"],
      ["http://10.1.2.30/"],
    ],
    ["*", ["https://example.com/", "http://10.1.2.3/"], []],
    ["", [], ["https://example.com/"]],
  ])("keeps hosts of NO_PROXY=%s from the proxy", (list, direct, proxied) => {
    const environment = { HTTPS_PROXY: "http://proxy:1", HTTP_PROXY: "http://proxy:1", NO_PROXY: list };
    expect(direct.filter((url) => wayOf(environment, url) !== undefined)).toEqual([]);
    expect(proxied.filter((url) => wayOf(environment, url) === undefined)).toEqual([]);
  });
});
