// Fetches one file of a data set: continues a part, checks the digest, then gives it its name.
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
import { type Clock, delayMs, isTemporary } from "./retry-delay.ts";
import type { HubResponse } from "./transport.ts";

/** What the files of a fetch share. */
export interface FetchContext {
  readonly client: HubClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly endpoint: string;
  readonly repository: string;
  readonly commit: string;
  /** The folder of finished files. */
  readonly output: string;
  /** The folder of unfinished files, on the same disk. */
  readonly partFolder: string;
  readonly notice: (text: string) => void;
  /** Called with the bytes that arrived; negative if bytes must be fetched again. */
  readonly onBytes: (bytes: number) => void;
}

/** A connection that brings fewer bytes in this time is closed, because another one may be faster. */
const SLOW_BYTES = 64_000;
const SLOW_MS = 60_000;

/** The path of an unfinished file. Its name depends on path and digest, so that parts with different content never mix. */
export function partPath(partFolder: string, { path, digest }: HubFile): string {
  return join(partFolder, `${createHash("sha256").update(`${path}\0${digest.hex}`).digest("hex").slice(0, 32)}.part`);
}

/**
 * Fetches a file. It gets its name only when all its bytes are on disk and match the hub's digest. After a kill, the next start
 * continues the part. Two processes may fetch the same file, because both write the same bytes to the same places. Throws InputError
 * if the content does not match the digest twice, and IncompleteError if the hub cannot be reached.
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
          `${file.path} twice had other content than the hub's digest says (${file.digest.algorithm} ${file.digest.hex})`,
          "Something between here and the hub changes the file. Try another network, or no proxy.",
        );
      }
      context.notice(`${file.path} has other content than the hub's digest says; fetching it again`);
    }
    await mkdir(dirname(target), { recursive: true });
    await refuseOtherFile(target, file);
    await rename(part, target).catch(async (error) => {
      // Another process may have finished the same file first.
      if (errorCode(error) !== "ENOENT" || (await stat(target).catch(() => undefined))?.size !== file.bytes) throw error;
    });
    await syncDirectory(dirname(target));
  } catch (error) {
    throw asOutputError(error, `fetching ${file.path}`);
  }
}

/** Another program may have created a file of this name. One of the same size is taken for the work of another prep. */
async function refuseOtherFile(target: string, { bytes }: HubFile): Promise<void> {
  const entry = await lstat(target).catch(() => undefined);
  if (!entry || (entry.isFile() && entry.size === bytes)) return;
  throw new OutputError(`${target} already exists and is not the data set's file`, "Move it away, then start the same command again.");
}

/** Completes the part. False if its digest is wrong. */
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
          if (!isTemporary(response.status) && response.status !== 416)
            throw context.client.refusalOf(response, context.repository, context.commit);
          // The stored file is shorter than this part, or it was moved.
          if (response.status === 416) etag = undefined;
          why = `the hub answered ${response.status}`;
        }
      } catch (error) {
        context.signal.throwIfAborted();
        if (error instanceof InputError || error instanceof IncompleteError || isDiskError(error)) throw error;
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

/** The offset of the response's first byte. Throws InputError if the stored file has another length. */
function startOf(response: HubResponse, { path, bytes }: HubFile): number {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.header("content-range") ?? "") ?? [];
  const length = response.header("content-length");
  const whole = response.status === 206 ? total : (length ?? undefined);
  if (whole !== undefined && whole !== "*" && Number(whole) !== bytes) {
    throw new InputError(
      `${path} has ${whole} bytes in storage, but ${bytes} in the hub's list`,
      "Start the same command again later. If this error stays, the data set is damaged.",
    );
  }
  return response.status === 206 ? Number(start ?? Number.NaN) : 0;
}

/** The body's chunks. Throws if it has more bytes than are missing, or is slower than `SLOW_BYTES` in `SLOW_MS`. */
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

/** Only a strong ETag promises equal bytes. */
function strongTag(tag: string | null): string | undefined {
  return tag?.startsWith('"') ? tag : undefined;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await handle.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
  }
}

function isDiskError(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EIO|EROFS|EACCES|EPERM|EBADF|EFBIG|ESTALE)$/.test(errorCode(error) ?? "");
}
