// Politeness: few requests of one host at once.
import { expect, it } from "vitest";
import { HostTurns } from "../../src/fetch/host-turns.ts";

const signal = new AbortController().signal;

it("lets a host's third request wait for one of two turns, and another host pass", async () => {
  const hosts = new HostTurns(2);
  const first = await hosts.take("a", signal);
  await hosts.take("a", signal);
  let isThirdOut = false;
  const third = hosts.take("a", signal).then(() => {
    isThirdOut = true;
  });
  await hosts.take("b", signal);
  expect(isThirdOut).toBe(false);
  first();
  await third;
});

it("forgets a host that nobody uses", async () => {
  const hosts = new HostTurns(1);
  const end = await hosts.take("a", signal);
  const waiting = hosts.take("a", signal);
  end();
  (await waiting)();
  expect(hosts.size).toBe(0);
});

it("stops waiting when the signal aborts", async () => {
  const hosts = new HostTurns(1);
  await hosts.take("a", signal);
  const stop = new AbortController();
  const waiting = hosts.take("a", stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});
