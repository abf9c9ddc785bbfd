// Each proxy has a watch of its own, and a URL is parsed once on its way through the watches.
import { expect, it } from "vitest";
import type { Fetcher } from "../../../src/fetch/fetcher.ts";
import { watchOutages } from "../../../src/fetch/hosts/outage.ts";
import { watchOutagesByProxy } from "../../../src/fetch/hosts/outages-by-proxy.ts";
import { proxiesOf } from "../../../src/fetch/proxy/proxy.ts";
import { clock, network } from "../../support/fetch/fake-network.ts";

const never = new AbortController().signal;
const environment = { HTTP_PROXY: "http://127.0.0.1:3128", NO_PROXY: "direct.example" };

/** A network that answers everywhere, and the texts that it was asked to parse. */
function countingNetwork(): { readonly fetcher: Fetcher; readonly parsed: string[] } {
  const fetcher = network(() => true);
  const parsed: string[] = [];
  const parse = fetcher.target;
  fetcher.target = (url) => {
    if (typeof url === "string") parsed.push(url);
    return parse(url);
  };
  return { fetcher, parsed };
}

it("parses a URL once, whichever way it takes", async () => {
  const { fetcher, parsed } = countingNetwork();
  const watched = watchOutagesByProxy(fetcher, proxiesOf("environment", environment), () => watchOutages(fetcher, clock()));
  const urls = ["http://pictures.example/a.jpg", "http://direct.example/a.jpg"];
  for (const url of urls) await watched.fetch(url, never);
  watched.learn("http://pictures.example/b.jpg");
  expect(parsed).toEqual([...urls, "http://pictures.example/b.jpg"]);
});

it("gives each proxy and the direct way a watch of its own, once", async () => {
  const { fetcher } = countingNetwork();
  const ways: (string | undefined)[] = [];
  const watched = watchOutagesByProxy(fetcher, proxiesOf("environment", environment), (proxy) => {
    ways.push(proxy);
    return watchOutages(fetcher, clock());
  });
  for (const host of ["pictures", "direct", "others", "direct"]) await watched.fetch(`http://${host}.example/a.jpg`, never);
  expect(ways).toEqual(["http://127.0.0.1:3128", undefined]);
});
