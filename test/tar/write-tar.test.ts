// TarFile: the bytes of tar-stream, whatever the members, and the errors of its sink.
import fc from "fast-check";
import tar from "tar-stream";
import { describe, expect, it } from "vitest";
import { TarFile, type TarSink } from "../../src/tar/write-tar.ts";

interface Member {
  readonly name: string;
  readonly body: Buffer;
}

/** Collects what it is given, and fails from the append `failsFrom` on. */
class MemorySink implements TarSink<Buffer> {
  readonly parts: Buffer[] = [];
  appends = 0;
  isAbandoned = false;
  readonly #failsFrom: number;

  constructor(failsFrom = Number.POSITIVE_INFINITY) {
    this.#failsFrom = failsFrom;
  }

  async append(parts: readonly Uint8Array[]): Promise<void> {
    const at = this.appends++;
    await Promise.resolve();
    if (at >= this.#failsFrom) throw new Error(`no space for append ${at}`);
    // A copy, because the tar uses its memory again.
    for (const part of parts) this.parts.push(Buffer.from(part));
  }

  async finish(): Promise<Buffer> {
    return Buffer.concat(this.parts);
  }

  async abandon(): Promise<void> {
    this.isAbandoned = true;
  }
}

async function written(members: readonly Member[]): Promise<Buffer> {
  const file = new TarFile(new MemorySink());
  for (const { name, body } of members) await file.add(name, body);
  return await file.close();
}

async function byTarStream(members: readonly Member[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const { name, body } of members) pack.entry({ name, mode: 0o444, mtime: new Date(0), type: "file" }, body);
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A body without a period that could hide a shift. */
function bodyOf(bytes: number): Buffer {
  const body = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at++) body[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 255;
  return body;
}

const names = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 100 }).filter((name) => !name.includes("\0"));

/** Mostly small, some around the end of a block or of a write, a few of several megabytes. */
const sizes = fc.oneof(
  { weight: 6, arbitrary: fc.nat(3000) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(512, 1024, 262_144, 524_288), fc.integer({ min: -1025, max: 1025 }))
      .map(([end, off]) => Math.max(0, end + off)),
  },
  { weight: 2, arbitrary: fc.nat(300_000) },
  { weight: 1, arbitrary: fc.nat(4_000_000) },
);
const members = fc.array(fc.record({ name: names, body: sizes.map(bodyOf) }), { maxLength: 12 });

describe("a written tar", () => {
  it("has the bytes of tar-stream for any names, sizes and number of members", async () => {
    await fc.assert(
      fc.asyncProperty(members, async (some) => {
        expect((await written(some)).equals(await byTarStream(some))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("has the bytes of tar-stream wherever its end falls in a write", async () => {
    for (const blocks of [508, 509, 510, 511, 512, 513, 1023]) {
      const one = [{ name: "a.jpg", body: bodyOf(blocks * 512 - 1) }];
      expect((await written(one)).equals(await byTarStream(one)), `${blocks} blocks`).toBe(true);
    }
  });

  it("refuses a name that its header cannot hold", async () => {
    const file = new TarFile(new MemorySink());
    for (const name of ["", "ü.jpg", "n".repeat(101)])
      await expect(file.add(name, Buffer.alloc(1))).rejects.toThrow("1 to 100 ASCII characters");
    await file.add("a.jpg", Buffer.from("a"));
    expect((await file.close()).equals(await byTarStream([{ name: "a.jpg", body: Buffer.from("a") }]))).toBe(true);
  });
});

describe("a sink that fails", () => {
  it("makes the member that needs it fail, and every later call, without a further append", async () => {
    const sink = new MemorySink(1);
    const file = new TarFile(sink);
    await file.add("0.jpg", bodyOf(400_000));
    await expect(file.add("1.jpg", bodyOf(400_000))).rejects.toThrow("no space for append 1");
    await expect(file.add("2.jpg", bodyOf(1))).rejects.toThrow("no space for append 1");
    await expect(file.close()).rejects.toThrow("no space for append 1");
    expect(sink.appends).toBe(2);
    await file.abandon();
    expect(sink.isAbandoned).toBe(true);
  });

  it("makes a small tar fail when it is closed", async () => {
    const file = new TarFile(new MemorySink(0));
    await file.add("0.jpg", bodyOf(1000));
    await expect(file.close()).rejects.toThrow("no space for append 0");
  });
});
