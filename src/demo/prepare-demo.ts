// Makes all that a whole run needs on this machine: metadata, their hosts, and the pictures there.
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Database } from "../sql/database.ts";
import { startDnsServer } from "./dns-server.ts";
import { hostAnswer } from "./host-answer.ts";
import type { BehaviourCounts } from "./picture-server.ts";
import { startPictureServerProcess } from "./start-picture-server-process.ts";
import { writeMetadata } from "./write-metadata.ts";

/** `min_size` of the shipped query `high-resolution` that leaves some 1,000 of the default rows. */
export const DEMO_MIN_SIZE = 1200;

/** Default number of rows of the demo's metadata. */
export const DEMO_ROWS = 50_000;

const FILES = 4;

/** What to prepare. */
export interface PrepareDemoOptions {
  /** Folder of the metadata, created if it is missing. */
  readonly directory: string;
  readonly rows?: number;
  readonly seed?: string;
}

/** A small world to run `prep` in, until it is closed. */
export interface DemoWorld {
  readonly metadataDirectory: string;
  /** "127.0.0.1:PORT", for `--dns-server`. */
  readonly dnsServer: string;
  readonly rows: number;
  readonly serverPort: number;
  /** What the picture server has done so far. */
  counts(): Promise<BehaviourCounts>;
  /** Ends the servers at once. The metadata stay. */
  close(): Promise<void>;
}

/**
 * Writes LAION-like metadata, with the files that Spark leaves beside them, and starts a picture server and a DNS server for
 * their hosts.
 */
export async function prepareDemo({ directory, rows = DEMO_ROWS, seed = "demo" }: PrepareDemoOptions): Promise<DemoWorld> {
  const pictures = await startPictureServerProcess({ seed });
  try {
    await writeTables(directory, rows, seed, pictures.port);
    const names = await startDnsServer({ answer: (name) => hostAnswer(name, seed) });
    return {
      metadataDirectory: directory,
      dnsServer: names.address,
      rows,
      serverPort: pictures.port,
      counts: () => pictures.counts(),
      close: async () => {
        await Promise.all([names.close(), pictures.close()]);
      },
    };
  } catch (thrown) {
    await pictures.close();
    throw thrown;
  }
}

async function writeTables(directory: string, rows: number, seed: string, port: number): Promise<void> {
  const database = await Database.open({ threads: 2, memoryLimitBytes: 1e9 });
  try {
    const paths = await writeMetadata(database, { directory, rows, files: FILES, seed, layout: "joined", port });
    // Hadoop's checksum files: "crc", a version, and the bytes that each checksum covers.
    const checksums = Buffer.from([0x63, 0x72, 0x63, 0, 0, 0, 2, 0, 1, 2, 3, 4]);
    for (const path of paths) await writeFile(join(directory, `.${basename(path)}.crc`), checksums);
    await writeFile(join(directory, "_SUCCESS"), "");
    await writeFile(join(directory, "._SUCCESS.crc"), checksums.subarray(0, 8));
  } finally {
    database.close();
  }
}
