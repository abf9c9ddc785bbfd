// Notices about how a run behaves, before it begins.
import { expect, it } from "vitest";
import type { DownloadSettings } from "../../src/job/config.ts";
import { conductNotices, hostConnectionsOfWorker } from "../../src/worker/conduct-notices.ts";

const careful: DownloadSettings = {
  processes: 1,
  downloadsPerProcess: 1,
  decoderThreads: 1,
  timeoutMs: 1000,
  totalTimeoutMs: 1000,
  retries: 0,
  maxImageBytes: 1,
  connectionsPerHost: 1,
  allowPrivateNetwork: false,
  dnsServers: [],
  disallowedDirectives: ["noai", "noimageai", "noindex", "noimageindex"],
  honourTdmReservation: true,
  robots: "obey",
  allowedPorts: [],
  blockLists: [],
  userAgent: "prep/test",
  userAgentToken: undefined,
  hasContact: false,
  insecureTls: false,
};

it("there is no notice for a careful run, and one that asks for a contact above 100,000 URLs", () => {
  expect(conductNotices(careful, 100_000, {})).toEqual([]);
  expect(conductNotices(careful, 100_001, {})).toEqual([expect.stringMatching(/100,001 URLs.*--contact/)]);
  expect(conductNotices({ ...careful, hasContact: true }, 2_300_000_000, {})).toEqual([]);
});

it("every option that is less careful than the default is named", () => {
  const bold: DownloadSettings = {
    ...careful,
    allowPrivateNetwork: true,
    insecureTls: true,
    robots: "ignore",
    disallowedDirectives: ["noai"],
    honourTdmReservation: false,
    allowedPorts: [9000],
  };
  expect(conductNotices(bold, 1, {}).map((text) => /--[a-z-]+/.exec(text)?.[0])).toEqual([
    "--allow-private-network",
    "--insecure-tls",
    "--robots",
    "--disallowed-header-directives",
    "--ignore-tdm-reservation",
    "--allow-port",
  ]);
  expect(conductNotices({ ...careful, allowedPorts: [9000] }, 1, {})).toEqual([expect.stringMatching(/any URL may name port 9000$/)]);
});

it("a notice names the proxies without their logins, or how to use those of the environment", () => {
  const environment = { HTTPS_PROXY: "http://jo:secret@proxy.lab:3128", NO_PROXY: "a.example,b.example" };
  expect(conductNotices(careful, 1, environment)).toEqual([
    expect.stringMatching(/^HTTPS_PROXY is set and not used: --proxy environment takes/),
  ]);
  expect(conductNotices({ ...careful, proxy: "environment" }, 1, environment)).toEqual([
    "--proxy environment: https goes through http://proxy.lab:3128, http directly, except for hosts in NO_PROXY (2)",
  ]);
  const given = { ...environment, PREP_PROXY: "http://jo:secret@other.lab:80" };
  expect(conductNotices({ ...careful, proxy: "http://other.lab:80" }, 1, given)).toEqual([
    "--proxy: all downloads go through http://other.lab:80",
  ]);
});

it("connections to a host are divided among the workers of a machine, at least one each", () => {
  const shares = [1, 2, 4, 5, 24, 64].map((workers) => hostConnectionsOfWorker({ ...careful, connectionsPerHost: 24 }, workers));
  expect(shares).toEqual([24, 12, 6, 4, 1, 1]);
});
