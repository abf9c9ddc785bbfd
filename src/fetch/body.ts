// The body of one response, counted as it arrives against a budget that all samples share.
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw } from "node:zlib";
import type { Budget } from "../core/budget.ts";
import type { BodyGrowth } from "./body-growth.ts";
import { FailureError } from "./failure-error.ts";
import type { ResponseHeaders } from "./rights/opt-out-headers.ts";

/** Limits of a body. */
export interface BodyLimits {
  /** Most bytes of one body, on the wire and after decompression. */
  readonly maxBytes: number;
  /** Takes the first `maxBytes` of a longer body instead of failing. */
  readonly isCut?: boolean;
  /** Bytes in memory, shared by all downloads of the process. */
  readonly bytes: Budget;
  /** Takes from `bytes` what follows a body's first part. */
  readonly growth: BodyGrowth;
}

/**
 * Bytes that a body reserves before it is read. Most pictures are no larger. A server that announces much and sends little holds no more
 * than this, until the total time-out.
 */
const FIRST_PART_BYTES = 256 * 1024;

/** The same if no length is announced. */
const UNKNOWN_PART_BYTES = 64 * 1024;

/** Bodies with an announced length up to this get their whole buffer with the first piece. A larger announcement may be a lie. */
const MAX_PREPARED_BYTES = 2 ** 20;

type Decoder = (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: (data, options) => gunzipIfPacked(data, options),
  "x-gzip": (data, options) => gunzipIfPacked(data, options),
  br: promisify(brotliDecompress),
  deflate: (data, options) => inflateEither(data, options),
};

/**
 * Codings of IANA's registry that prep does not decode. Any other word is a server's mistake, such as a character set or S3's
 * `aws-chunked`. The bytes are then taken as they are, as img2dataset and browsers do.
 */
const UNSUPPORTED: ReadonlySet<string> = new Set(["aes128gcm", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd"]);

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

const inflateZlib: Decoder = promisify(inflate);
const inflateBare: Decoder = promisify(inflateRaw);

// HTTP's "deflate" means zlib, but some servers send the bare stream; zlib's first byte always ends in 8.
const inflateEither: Decoder = (data, options) => (((data[0] ?? 0) & 15) === 8 ? inflateZlib(data, options) : inflateBare(data, options));

const gunzipPacked: Decoder = promisify(gunzip);

// Some servers promise gzip and send the picture itself; no picture begins as gzip does.
const gunzipIfPacked: Decoder = async (data, options) =>
  data.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC) ? gunzipPacked(data, options) : data;

/** Collects one body. It holds what it takes from the budget until `release`, even if it fails. */
export class BodyReader {
  readonly #limits: BodyLimits;
  readonly #decoder: Decoder | undefined;
  readonly #declaredBytes: number | undefined;
  #known: Buffer | undefined;
  readonly #chunks: Buffer[] = [];
  #receivedBytes = 0;
  #heldBytes = 0;
  #released = false;

  /** Throws FailureError if the headers suffice to refuse: `too_large`, `empty_body`, `bad_encoding`. */
  constructor(headers: ResponseHeaders, limits: BodyLimits) {
    this.#limits = limits;
    this.#decoder = decoderOf([headers["content-encoding"], headers["transfer-encoding"]].flat());
    const declared = declaredBytes(headers["content-length"]);
    this.#declaredBytes = limits.isCut && declared !== undefined ? Math.min(declared, limits.maxBytes) : declared;
    if (this.#declaredBytes === 0) throw new FailureError("empty_body");
    if ((this.#declaredBytes ?? 0) > limits.maxBytes) throw new FailureError("too_large", `${this.#declaredBytes} bytes announced`);
  }

  /** Bytes taken from the budget and not yet returned. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Reserves the body's first part. Returns a promise if that has to wait; it rejects with the signal's reason. */
  open(signal: AbortSignal): Promise<void> | undefined {
    const length = this.#declaredBytes;
    const part = length === undefined ? UNKNOWN_PART_BYTES : Math.min(length, FIRST_PART_BYTES);
    const { bytes } = this.#limits;
    const hold = () => {
      this.#heldBytes = part;
      // Released while it waited.
      if (this.#released) this.#giveBack();
    };
    if (bytes.waiting === 0 && bytes.used + part <= bytes.capacity) {
      bytes.take(part);
      hold();
      return undefined;
    }
    return bytes.reserve(part, signal).then(hold);
  }

  /**
   * Adds one piece from the wire. Returns true if no more is wanted, and a promise if memory is short and reading should pause until it
   * resolves. Throws FailureError `too_large`.
   */
  add(piece: Buffer): boolean | Promise<void> {
    const start = this.#receivedBytes;
    const chunk = this.#limits.isCut ? piece.subarray(0, this.#limits.maxBytes - start) : piece;
    this.#receivedBytes += chunk.length;
    const isEnough = this.#limits.isCut === true && this.#receivedBytes === this.#limits.maxBytes;
    if (this.#receivedBytes > this.#limits.maxBytes) throw new FailureError("too_large", `more than ${this.#limits.maxBytes} bytes`);
    // Most small pictures come in one piece, which needs no copy.
    const length = this.#declaredBytes ?? 0;
    if (start === 0 && chunk.length < length && length <= MAX_PREPARED_BYTES) this.#known = Buffer.allocUnsafeSlow(length);
    // HTTP ends a body at its declared length, so a longer one cannot come.
    if (this.#known) chunk.copy(this.#known, start);
    else this.#chunks.push(chunk);
    const more = this.#receivedBytes - this.#heldBytes;
    if (more <= 0) return isEnough;
    this.#heldBytes = this.#receivedBytes;
    const room = this.#limits.growth.grow(this, more);
    return isEnough || (room ?? false);
  }

  /** The whole body, decompressed. Throws FailureError `connection_reset` if it is short, `empty_body` or `bad_encoding`. */
  async finish(): Promise<Buffer> {
    if (this.#declaredBytes !== undefined && this.#receivedBytes !== this.#declaredBytes) {
      throw new FailureError("connection_reset", `${this.#receivedBytes} of ${this.#declaredBytes} bytes`);
    }
    if (this.#receivedBytes === 0) throw new FailureError("empty_body");
    const [first = Buffer.alloc(0), ...others] = this.#chunks;
    const received = this.#known ?? (others.length === 0 ? first : Buffer.concat(this.#chunks, this.#receivedBytes));
    this.#chunks.length = 0;
    this.#hold(received.length);
    const decoder = this.#decoder;
    if (!decoder) return received;
    const decoded = await this.#limits.growth.unpack(async () => {
      const unpacked = await this.#decode(decoder, received);
      const more = unpacked.length - this.#heldBytes;
      if (more > 0) {
        this.#heldBytes = unpacked.length;
        await this.#limits.growth.grow(this, more);
      }
      return unpacked;
    });
    this.#hold(decoded.length);
    if (decoded.length === 0) throw new FailureError("empty_body", "nothing left after decompression");
    return decoded;
  }

  /** Returns to the budget all that this body took. A second call does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#giveBack();
  }

  #giveBack(): void {
    this.#hold(0);
    this.#limits.growth.ended(this);
  }

  #hold(bytes: number): void {
    if (bytes === this.#heldBytes) return;
    this.#limits.bytes.take(bytes);
    this.#limits.bytes.release(this.#heldBytes);
    this.#heldBytes = bytes;
  }

  async #decode(decoder: Decoder, received: Buffer): Promise<Buffer> {
    try {
      return await decoder(received, { maxOutputLength: this.#limits.maxBytes });
    } catch (error) {
      // zlib's errors carry a code; an error without one is a defect of ours.
      if (error instanceof Error && "code" in error) throw new FailureError("bad_encoding", error.message);
      throw error;
    }
  }
}

/** The coding of the content, or of the transfer, which some servers use although nobody asked for it. */
function decoderOf(headers: readonly (string | undefined)[]): Decoder | undefined {
  const layers = headers
    .join(",")
    .toLowerCase()
    .split(",")
    .map((layer) => layer.trim());
  const encodings = layers.filter((layer) => UNSUPPORTED.has(layer) || Object.hasOwn(DECODERS, layer));
  const [encoding, ...more] = encodings;
  if (encoding === undefined) return undefined;
  const decoder = DECODERS[encoding];
  if (!decoder || more.length > 0) throw new FailureError("bad_encoding", encodings.join(", "));
  return decoder;
}

function declaredBytes(header: string | readonly string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d+$/.test(header) ? Number(header) : undefined;
}
