// One file of a data set: its bytes from wherever an earlier start stopped, checked, and only then under its name.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { IncompleteError, InputError, OutputError } from "../core/errors.ts";
import { formatBytes } from "../core/units.ts";
import { syncDirectory } from "../store/local/durable.ts";
import { asOutputError, errorCode } from "../store/system-errors.ts";
import { type HubClient, type HubFile, reasonOf, unreachable } from "./client.ts";
import { addFile, beginDigest } from "./file-check.ts";
import { type Clock, delayMs, isPassing } from "./retry-delay.ts";
import type { HubResponse } from "./transport.ts";

/** What all files of a fetch share. */
export interface FetchContext {
  readonly client: HubClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly endpoint: string;
  readonly repository: string;
  readonly commit: string;
  /** Where files get their names. */
  readonly output: string;
  /** Where unfinished ones are, on the same disk. */
  readonly partFolder: string;
  readonly notice: (text: string) => void;
  /** Hears of bytes that arrived, negative where some have to come again. */
  readonly onBytes: (bytes: number) => void;
}

/** A connection that brings less than this in a minute is closed; another one may be better. */
const SLOW_BYTES = 64_000;
const SLOW_MS = 60_000;

/** The unfinished file; its name is that of path and content, so that parts of different content never meet. */
export function partPath(partFolder: string, { path, digest }: HubFile): string {
  return join(partFolder, `${createHash("sha256").update(`${path}\0${digest.hex}`).digest("hex").slice(0, 32)}.part`);
}

/**
 * Fetches a file. It is under its name only when all its bytes are on the disk and have the promised digest; a kill at any moment
 * leaves a part from which the next start continues. Two processes may fetch the same file: both write the same bytes to the same
 * places. Throws InputError where the content is not what was promised, IncompleteError where the hub stays away.
 */
export async function fetchFile(file: HubFile, context: FetchContext): Promise<void> {
  const part = partPath(context.partFolder, file);
  const target = join(context.output, file.path);
  try {
    for (let round = 1; ; round++) {
      if (await fetchPart(file, part, context)) break;
      await rm(part, { force: true });
      context.onBytes(-file.bytes);
      if (round === 2) {
        throw new InputError(
          `${file.path} came twice with another content than the hub promises (${file.digest.algorithm} ${file.digest.hex})`,
          "Something between here and the hub changes it: try another network, or without a proxy.",
        );
      }
      context.notice(`${file.path} came with another content than the hub promises; fetching it again`);
    }
    await mkdir(dirname(target), { recursive: true });
    await refuseStranger(target, file);
    await rename(part, target).catch(async (error) => {
      // Another process may have been faster with the same file.
      if (errorCode(error) !== "ENOENT" || (await stat(target).catch(() => undefined))?.size !== file.bytes) throw error;
    });
    await syncDirectory(dirname(target));
  } catch (error) {
    throw asOutputError(error, `fetching ${file.path}`);
  }
}

/** Since the list was made somebody may have put a file of this name there; a process that fetches the same has the same size. */
async function refuseStranger(target: string, { bytes }: HubFile): Promise<void> {
  const entry = await lstat(target).catch(() => undefined);
  if (!entry || (entry.isFile() && entry.size === bytes)) return;
  throw new OutputError(`${target} is there already and is not the data set's`, "Move it away, then start the same command again.");
}

/** Completes the part; false where its digest is wrong. */
async function fetchPart(file: HubFile, part: string, context: FetchContext): Promise<boolean> {
  const handle = await open(part, constants.O_RDWR | constants.O_CREAT);
  try {
    let at = (await handle.stat()).size;
    if (at > file.bytes) {
      await handle.truncate(0);
      context.onBytes(-file.bytes);
      at = 0;
    }
    let hash = beginDigest(file);
    await addFile(hash, part, at, context.signal);
    let etag: string | undefined;
    for (let failures = 0; at < file.bytes; ) {
      const before = at;
      let response: HubResponse | undefined;
      let why: string;
      try {
        response = await context.client.open(context.repository, context.commit, file.path, at, etag);
        if (response.status === 206 || response.status === 200) {
          const start = startOf(response, file);
          if (start === 0 && at > 0) {
            context.onBytes(-at);
            hash = beginDigest(file);
          }
          if (start !== 0 && start !== at) throw new Error(`the range begins at byte ${start}, not ${at}`);
          at = start;
          etag = strongTag(response.header("etag"));
          for await (const chunk of steadily(response, file.bytes - at)) {
            await writeAll(handle, chunk, at);
            hash.update(chunk);
            at += chunk.length;
            context.onBytes(chunk.length);
          }
          why = `the connection ended at ${formatBytes(at)} of ${formatBytes(file.bytes)}`;
        } else {
          await response.cancel();
          if (!isPassing(response.status) && response.status !== 416)
            throw context.client.refusalOf(response, context.repository, context.commit);
          // The file at the other end is shorter than this part, or was moved.
          if (response.status === 416) etag = undefined;
          why = `the hub answered ${response.status}`;
        }
      } catch (error) {
        context.signal.throwIfAborted();
        if (error instanceof InputError || error instanceof IncompleteError || isOfDisk(error)) throw error;
        why = reasonOf(error);
      }
      if (at >= file.bytes) break;
      failures = at > before ? 1 : failures + 1;
      const waitMs = delayMs(failures, response?.header("retry-after") ?? null, context.clock);
      if (waitMs === undefined) {
        throw response && response.status >= 400
          ? context.client.refusalOf(response, context.repository, context.commit)
          : unreachable(context.endpoint, why);
      }
      context.notice(`${file.path}: ${why}; continuing in ${(waitMs / 1000).toFixed(1)} s`);
      await context.clock.wait(waitMs, context.signal);
    }
    await handle.sync();
    return hash.digest("hex") === file.digest.hex;
  } finally {
    await handle.close();
  }
}

/** Where the response's bytes begin. Throws where it is about a file of another length. */
function startOf(response: HubResponse, { path, bytes }: HubFile): number {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.header("content-range") ?? "") ?? [];
  const length = response.header("content-length");
  const whole = response.status === 206 ? total : (length ?? undefined);
  if (whole !== undefined && whole !== "*" && Number(whole) !== bytes) {
    throw new InputError(
      `${path} has ${whole} bytes where it is stored, and ${bytes} in the hub's list`,
      "Start the same command again later; if it stays so, the data set is damaged.",
    );
  }
  return response.status === 206 ? Number(start ?? Number.NaN) : 0;
}

/** A body that neither exceeds what is left nor trickles. */
async function* steadily(response: HubResponse, left: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  let window = 0;
  let since = performance.now();
  for await (const chunk of response.body) {
    total += chunk.length;
    window += chunk.length;
    if (total > left) throw new Error("more bytes came than the file has");
    yield chunk;
    if (performance.now() - since < SLOW_MS) continue;
    if (window < SLOW_BYTES) throw new Error(`only ${formatBytes(window)} came in a minute`);
    window = 0;
    since = performance.now();
  }
}

/** Only a strong tag promises the same bytes. */
function strongTag(tag: string | null): string | undefined {
  return tag?.startsWith('"') ? tag : undefined;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await handle.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
  }
}

function isOfDisk(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EIO|EROFS|EACCES|EPERM|EBADF|EFBIG|ESTALE)$/.test(errorCode(error) ?? "");
}
