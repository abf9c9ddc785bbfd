// The demo's picture server: sizes, bad behaviour, and its counts.
import { request } from "node:http";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BEHAVIOUR_SHARES, BEHAVIOURS, type Behaviour, behaviourOf } from "../../src/demo/behaviours.ts";
import { type PictureServer, startPictureServer } from "../../src/demo/picture-server.ts";
import { servedSize } from "../../src/demo/served-picture.ts";

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
  readonly ms: number;
}

const SEED = "3";
let server: PictureServer;
beforeAll(async () => {
  server = await startPictureServer({ seed: SEED });
});
afterAll(() => server.close());

function get(path: string, port = server.port): Promise<Answer> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks), ms: performance.now() - started });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

function pathThat(behaviour: Behaviour, size = "40x30"): string {
  for (let number = 0; ; number += 1) {
    const path = `/i/${number}/${size}/a.jpg`;
    if (behaviourOf(path, SEED) === behaviour) return path;
  }
}

describe("a picture has exactly the size that its path names", () => {
  test.each([
    ["1x1", "jpeg", "a.jpg"],
    ["17x9", "jpeg", "a.jpg"],
    ["640x480", "jpeg", "a.jpg"],
    ["641x497", "jpeg", "a.jpg"],
    ["333x1024", "jpeg", "a"],
    ["301x200", "png", "a.png"],
    ["301x200", "webp", "a.webp"],
    ["2000x1500", "jpeg", "a.png"],
  ])("%s as %s", async (size, format, name) => {
    const fine = await startPictureServer({ seed: SEED, misbehaves: false });
    const { body, headers } = await get(`/i/${size}/${name}`, fine.port);
    const { info } = await sharp(body, { failOn: "warning" }).raw().toBuffer({ resolveWithObject: true });
    expect(`${info.width}x${info.height}`).toBe(size);
    expect((await sharp(body).metadata()).format).toBe(format);
    expect(headers["content-type"]).toBe(`image/${format}`);
    await fine.close();
  });

  test("but a picture that is far too large is scaled down", () => {
    expect(servedSize(21_449, 1000)).toEqual({ width: 4000, height: 186 });
    expect(servedSize(3999, 2000)).toEqual({ width: 3999, height: 2000 });
    expect(servedSize(39_580, 2)).toEqual({ width: 4000, height: 1 });
  });
});

test("the same path gets the same bytes, another path others of the same size", async () => {
  const [first, second] = [pathThat("fine"), pathThat("fine").replace("/i/", "/j/")];
  const bytes = (await get(first)).body;
  expect((await get(first)).body.equals(bytes)).toBe(true);
  if (behaviourOf(second, SEED) === "fine") expect((await get(second)).body.equals(bytes)).toBe(false);
});

test.each([
  ["notFound", 404],
  ["forbidden", 403],
  ["gone", 410],
  ["serverError", 500],
] as const)("%s is answered with %i", async (behaviour, status) => {
  expect((await get(pathThat(behaviour))).status).toBe(status);
});

test("busyFirst asks to come back after a second and then serves the picture", async () => {
  const path = pathThat("busyFirst");
  const first = await get(path);
  expect([first.status, first.headers["retry-after"]]).toEqual([429, "1"]);
  expect((await get(path)).status).toBe(200);
});

test("slow takes 300 ms at least", async () => {
  const { status, ms } = await get(pathThat("slow"));
  expect(status).toBe(200);
  expect(ms).toBeGreaterThan(290);
});

test("cut, reset and hang never end well", async () => {
  await expect(get(pathThat("cut", "400x300"))).rejects.toThrow("aborted");
  await expect(get(pathThat("reset"))).rejects.toThrow("ECONNRESET");
  await expect(get(pathThat("hang"))).rejects.toThrow("socket hang up");
});

test("html is a page that says it is a JPEG", async () => {
  const { headers, body } = await get(pathThat("html"));
  expect(headers["content-type"]).toBe("image/jpeg");
  expect(body.toString()).toContain("<html>");
});

test("opt-outs come as headers of a good picture", async () => {
  expect((await get(pathThat("noAi"))).headers["x-robots-tag"]).toBe("noai, noimageai");
  expect((await get(pathThat("tdmReserved"))).headers["tdm-reservation"]).toBe("1");
});

test("a redirect leads to the picture, a loop to another one", async () => {
  const { status, headers } = await get(pathThat("redirect"));
  expect(status).toBe(302);
  expect((await get(String(headers["location"]))).status).toBe(200);
  expect((await get("/loop/1")).headers["location"]).toBe("/loop/2");
  expect((await get(pathThat("redirectLoop"))).headers["location"]).toBe("/loop/1");
});

test("paths are treated badly in the right shares", () => {
  const met = Object.fromEntries(BEHAVIOURS.map((behaviour) => [behaviour, 0])) as Record<Behaviour, number>;
  for (let number = 0; number < 50_000; number += 1) met[behaviourOf(`/i/${number}/40x30/a.jpg`, "9")] += 1;
  for (const [behaviour, share] of Object.entries(BEHAVIOUR_SHARES)) {
    expect(Math.abs(met[behaviour as Behaviour] / 50_000 - share), behaviour).toBeLessThan(0.003);
  }
});

test("it counts its answers, and closing ends a request that hangs", async () => {
  const other = await startPictureServer({ seed: SEED });
  await get(pathThat("notFound"), other.port);
  await get(pathThat("fine"), other.port);
  const hanging = get(pathThat("hang"), other.port).catch((thrown: Error) => thrown.message);
  while (other.counts().hang === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await other.close();
  expect(await hanging).toBe("socket hang up");
  expect(other.counts()).toMatchObject({ fine: 1, notFound: 1, hang: 1, slow: 0 });
});
