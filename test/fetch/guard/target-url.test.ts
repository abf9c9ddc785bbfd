// The URL of a row or a redirect is parsed, cleaned and checked.
import { describe, expect, it } from "vitest";
import { MAX_URL_LENGTH, parseTarget } from "../../../src/fetch/guard/target-url.ts";

const strict = { allowPrivateNetwork: false };
const hrefOf = (text: string | null, rules: Parameters<typeof parseTarget>[1] = strict) => {
  const target = parseTarget(text, rules);
  return target instanceof URL ? target.href : target.code;
};

describe("parseTarget", () => {
  it.each([
    null,
    "",
    "   ",
    "\n",
    "picture.jpg",
    "/a/b.jpg",
    "//host/a.jpg",
    "http://",
    "http://a b/",
    "http://[::1",
    "http://1.2.3.256/",
    "https://x:99999/",
  ])("%j is no absolute URL", (text) => expect(hrefOf(text)).toBe("invalid_url"));

  it.each(["\t", "\n", "\r"])("%j inside makes a URL invalid, because without it the rest is another URL", (mark) => {
    expect(hrefOf(`http://h/a.jpg${mark}http://h/b.jpg`)).toBe("invalid_url");
    expect(hrefOf(`${mark} http://h/a.jpg${mark}`)).toBe("http://h/a.jpg");
    expect(hrefOf(`/a${mark}.jpg`, { ...strict, base: new URL("http://h/") })).toBe("http://h/a.jpg");
  });

  it.each([
    "data:image/png;base64,AAAA",
    "file:///etc/passwd",
    "ftp://host/a.jpg",
    "javascript:alert(1)",
    "gopher://x/",
    "C:\\a.jpg",
    "blob:http://x/1",
  ])("%s has a scheme that is not fetched", (text) => expect(hrefOf(text)).toBe("unsupported_scheme"));

  it("encodes spaces and non-ASCII text, in paths and hosts", () => {
    expect(hrefOf("  http://Example.com/a b/ü.jpg?q=é x ")).toBe("http://example.com/a%20b/%C3%BC.jpg?q=%C3%A9%20x");
    expect(hrefOf("https://bücher.example/ß")).toBe("https://xn--bcher-kva.example/%C3%9F");
  });

  it("drops the fragment and the host's last dots, which would give one host several names", () => {
    for (const host of ["example.com.", "example.com..", "example.com%2e%2e", "EXAMPLE.com\u3002\u3002"])
      expect(hrefOf(`https://${host}/a.jpg#top`)).toBe("https://example.com/a.jpg");
    expect(hrefOf("http://127.0.0.1../")).toBe("http://127.0.0.1/");
  });

  it.each(["https://user:secret@example.com/a.jpg", "http://user@example.com/", "http://:secret@example.com/", "http://a%40b@h/"])(
    "%s carries a login",
    (text) => {
      expect(hrefOf(text)).toBe("url_with_login");
      expect(hrefOf(text, { allowPrivateNetwork: true })).toBe("url_with_login");
    },
  );

  it.each(["http://@example.com/", "http://:@example.com/"])("%s carries no login", (text) =>
    expect(hrefOf(text)).toBe("http://example.com/"),
  );

  it.each(["http://h/", "http://h:443/", "https://h:80/", "http://h:8080/", "https://h:8443/", "http://h:2095/"])(
    "%s has an allowed port",
    (text) => expect(hrefOf(text)).toBe(text),
  );

  it.each([
    "http://h:0/",
    "http://h:1/",
    "http://h:22/",
    "http://h:25/",
    "https://h:81/",
    "http://h:442/",
    "http://h:1023/",
    "http://h:6379/",
    "https://h:65535/",
  ])("%s has a blocked port", (text) => {
    expect(hrefOf(text)).toBe("blocked_port");
    expect(hrefOf(text, { allowPrivateNetwork: true })).toBe(text);
  });

  it("allows further ports one by one", () => {
    const rules = { ...strict, allowedPorts: new Set([9999]) };
    expect(hrefOf("http://h:9999/", rules)).toBe("http://h:9999/");
    expect(hrefOf("http://h:9998/", rules)).toBe("blocked_port");
  });

  it("takes a URL of 8 KiB and refuses a longer one", () => {
    const url = `http://h/${"a".repeat(MAX_URL_LENGTH - 9)}`;
    expect(hrefOf(url)).toBe(url);
    expect(hrefOf(`${url}a`)).toBe("invalid_url");
  });

  it("resolves a redirect's target against its source", () => {
    const base = new URL("https://h/a/b.jpg");
    expect(hrefOf("../c.jpg", { ...strict, base })).toBe("https://h/c.jpg");
    expect(hrefOf("//other/c.jpg", { ...strict, base })).toBe("https://other/c.jpg");
  });
});
