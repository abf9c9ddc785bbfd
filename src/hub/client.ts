// A client of the hub: GET with token, redirects and retries, commits and lists of files.
import { IncompleteError, InputError } from "../core/errors.ts";
import type { HubAccess } from "./access.ts";
import { type Question, refusal } from "./refusals.ts";
import { type Clock, delayMs, isTemporary } from "./retry-delay.ts";
import type { HubResponse, HubTransport } from "./transport.ts";

/** What a client needs. */
export interface HubClientOptions extends HubAccess {
  readonly transport: HubTransport;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** Called with a sentence before each wait. */
  readonly notice: (text: string) => void;
}

/** A file of a data set at one commit. */
export interface HubFile {
  /** Relative, with `/`, and safe to join to a folder. */
  readonly path: string;
  readonly bytes: number;
  /** `sha256` is of the bytes, for files in LFS; `git` is the SHA-1 of git's blob. In lower-case hex. */
  readonly digest: { readonly algorithm: "sha256" | "git"; readonly hex: string };
}

const MAX_REDIRECTS = 8;
/** A page of 1,000 files has about 300 kB. */
const MAX_JSON_BYTES = 64e6;
const MAX_FILES = 1_000_000;
/** For one request to the API, including its body. */
const API_TIMEOUT_MS = 120_000;

/** The part of the hub's documented REST API (huggingface.co/docs/hub/api) that a fetch needs. */
export class HubClient {
  readonly #options: HubClientOptions;
  readonly #origin: string;

  constructor(options: HubClientOptions) {
    this.#options = options;
    this.#origin = new URL(options.endpoint).origin;
  }

  /** The commit that a revision (branch, tag or commit) means now, and whether the set is gated. Throws the errors of `refusal`. */
  async commitOf(repository: string, revision: string): Promise<{ commit: string; isGated: boolean }> {
    const question = this.#question(repository, revision);
    const url = `${this.#options.endpoint}/api/datasets/${repository}/revision/${encodeURIComponent(revision)}`;
    const { value } = await this.#json(url, question);
    const { sha, gated } = value as { sha?: unknown; gated?: unknown };
    if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha)) throw unexpected(url, "its answer has no commit");
    return { commit: sha, isGated: gated !== undefined && gated !== false };
  }

  /** All files of a commit, from all pages of the list. */
  async files(repository: string, commit: string): Promise<HubFile[]> {
    const question = this.#question(repository, commit);
    const files: HubFile[] = [];
    let url: string | undefined = `${this.#options.endpoint}/api/datasets/${repository}/tree/${commit}?recursive=true&expand=false`;
    for (const seen = new Set<string>(); url !== undefined; ) {
      seen.add(url);
      const page: { value: unknown; next: string | undefined } = await this.#json(url, question);
      if (!Array.isArray(page.value)) throw unexpected(url, "its answer is not a list of files");
      for (const entry of page.value as unknown[]) files.push(...fileOf(entry, url));
      if (files.length > MAX_FILES) throw unexpected(url, `it has more than ${MAX_FILES} files`);
      if (page.next !== undefined && seen.has(page.next)) throw unexpected(url, "its pages form a loop");
      url = page.next;
    }
    return files;
  }

  /** Requests the bytes of a file from an offset, once. With `etag`, the server sends the whole file if it has changed. */
  async open(repository: string, commit: string, path: string, offset: number, etag?: string): Promise<HubResponse> {
    const range = offset > 0 ? { range: `bytes=${offset}-`, ...(etag === undefined ? {} : { "if-range": etag }) } : {};
    return await this.#follow(this.#fileUrl(repository, commit, path), { accept: "*/*", ...range }, this.#options.signal, "follow");
  }

  /** Throws the hub's refusal of a file, if there is one, without fetching its bytes. A failing hub (408, 429, 5xx) refuses nothing. */
  async insistOnAccess(repository: string, commit: string, path: string): Promise<void> {
    const { signal } = this.#options;
    const response = await this.#follow(this.#fileUrl(repository, commit, path), { accept: "*/*" }, signal, "stop");
    await response.cancel();
    if (response.status >= 400 && !isTemporary(response.status)) throw this.refusalOf(response, repository, commit);
  }

  #fileUrl(repository: string, commit: string, path: string): string {
    return `${this.#options.endpoint}/datasets/${repository}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
  }

  /** The error for a file that the hub refuses. */
  refusalOf(response: HubResponse, repository: string, commit: string): Error {
    return refusal(response, this.#question(repository, commit));
  }

  #question(repository: string, revision: string): Question {
    return { repository, revision, endpoint: this.#options.endpoint, hasToken: this.#options.token !== undefined };
  }

  async #json(url: string, question: Question): Promise<{ value: unknown; next: string | undefined }> {
    const { clock, signal, notice } = this.#options;
    for (let failures = 1; ; failures++) {
      let why: string;
      let response: HubResponse | undefined;
      try {
        const deadline = AbortSignal.any([signal, AbortSignal.timeout(API_TIMEOUT_MS)]);
        response = await this.#follow(url, { accept: "application/json" }, deadline, "refuse");
        if (response.status === 200) return { value: JSON.parse(await textOf(response, url)), next: this.#next(response.header("link")) };
        await response.cancel();
        if (!isTemporary(response.status)) throw refusal(response, question);
        why = `answered ${response.status}`;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof InputError || error instanceof IncompleteError) throw error;
        why = reasonOf(error);
      }
      const waitMs = delayMs(failures, response?.header("retry-after") ?? null, clock);
      if (waitMs === undefined)
        throw response && response.status !== 200 ? refusal(response, question) : unreachable(this.#options.endpoint, why);
      notice(`the hub ${why}; asking again in ${(waitMs / 1000).toFixed(1)} s`);
      await clock.wait(waitMs, signal);
    }
  }

  /** Follows redirects itself, so that only the hub gets the token and no redirect leads from https to http. */
  async #follow(
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    elsewhere: "follow" | "refuse" | "stop",
  ): Promise<HubResponse> {
    const { transport, token, userAgent } = this.#options;
    let at = new URL(url);
    for (let redirects = 0; ; redirects++) {
      const isHub = at.origin === this.#origin;
      const authorization = isHub && token !== undefined ? { authorization: `Bearer ${token}` } : {};
      // Ranges and digests refer to the uncompressed file.
      const response = await transport(
        at.href,
        { "user-agent": userAgent, "accept-encoding": "identity", ...headers, ...authorization },
        signal,
      );
      const location = response.header("location");
      if (response.status < 300 || response.status > 399 || location === null) return response;
      const next = parsed(location, at.href);
      if (!next || !/^https?:$/.test(next.protocol) || (at.protocol === "https:" && next.protocol === "http:")) {
        throw unexpected(at.href, `it redirects to ${location.slice(0, 200)}`);
      }
      if (next.origin !== this.#origin && elsewhere === "stop") return response;
      if (next.origin !== this.#origin && elsewhere === "refuse")
        throw unexpected(at.href, `its API redirects to another host, ${next.host}`);
      if (redirects >= MAX_REDIRECTS) throw unexpected(at.href, "it redirects too often");
      await response.cancel();
      at = next;
    }
  }

  /** The next page in a Link header. It must be on the hub, because the token is sent with it. */
  #next(link: string | null): string | undefined {
    const [, target] = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(link ?? "") ?? [];
    if (target === undefined) return undefined;
    const url = parsed(target, this.#options.endpoint);
    if (url?.origin !== this.#origin)
      throw unexpected(this.#options.endpoint, `its list continues on another host, ${url?.host ?? target}`);
    return url.href;
  }
}

/** The file of a tree entry; empty for a folder. Throws InputError for a path that leads out of its folder. */
function fileOf(entry: unknown, url: string): HubFile[] {
  const { type, path, size, oid, lfs } = entry as {
    type?: unknown;
    path?: unknown;
    size?: unknown;
    oid?: unknown;
    lfs?: { oid?: unknown; size?: unknown };
  };
  if (type !== "file") return [];
  const bytes = Number(lfs?.size ?? size);
  const hex = String(lfs?.oid ?? oid).replace(/^sha256:/, "");
  const isDigest = lfs ? /^[0-9a-f]{64}$/.test(hex) : /^[0-9a-f]{40}$/.test(hex);
  if (typeof path !== "string" || !Number.isSafeInteger(bytes) || bytes < 0 || !isDigest)
    throw unexpected(url, "an entry has no path, size or digest");
  const isSafe = path.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..") && !/[\\\p{Cc}]/u.test(path);
  if (!isSafe) throw unexpected(url, `it has a file called ${JSON.stringify(path)}`);
  return [{ path, bytes, digest: { algorithm: lfs ? "sha256" : "git", hex } }];
}

function parsed(text: string, base: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

async function textOf(response: HubResponse, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES) throw unexpected(url, "its answer is too long");
  }
  return Buffer.concat(chunks).toString("utf8");
}

function unexpected(url: string, why: string): InputError {
  return new InputError(`${url.replace(/\?.*/s, "")} does not answer like the hub: ${why}`, "Check HF_ENDPOINT.");
}

/** The error for a hub that cannot be reached. */
export function unreachable(endpoint: string, why: string): IncompleteError {
  return new IncompleteError(
    `the hub at ${endpoint} cannot be reached: it ${why}`,
    "Check the connection (HTTPS_PROXY is used) and start the same command again: it continues.",
  );
}

/** Why there was no response, in the words of the innermost error. */
export function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause !== undefined) innermost = innermost.cause;
  const code = innermost instanceof Error && "code" in innermost ? `${String(innermost.code)}: ` : "";
  return `failed (${code}${innermost instanceof Error ? innermost.message : String(innermost)})`;
}
