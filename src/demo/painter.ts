// Paints pictures of any size when first asked for, and caches them within a bound.
import { encodePicture } from "../transform/encode-picture.ts";
import { cutPicture, type Pixels, paintCanvas } from "./canvas.ts";
import { BLOCK_SIDE, withComment, withSize } from "./jpeg-edit.ts";

/** Formats that the painter encodes. */
export type PictureFormat = "jpg" | "png" | "webp";

// The web compresses large pictures more. It also makes them cheaper to paint and to decode.
const QUALITY = { small: 80, large: 60, largeFromArea: 1_000_000 } as const;
const CACHE_BYTES = 64e6;
// Each holds the raw pixels of its picture, up to 24 MB.
const PAINTING_AT_ONCE = 2;
const LOOKS_PER_SIZE = 3;
const PLACE_STEP = 2_654_435_761;

interface Painted {
  readonly picture: Promise<Buffer>;
  /** 0 until it is painted. */
  bytes: number;
}

/** Paints pictures of exactly the size asked for. The same request gets the same bytes. */
export class Painter {
  readonly #seed: number;
  readonly #cache = new Map<string, Painted>();
  readonly #waiting: (() => void)[] = [];
  #canvas: Pixels | undefined;
  #cachedBytes = 0;
  #painting = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** A picture. `look`, any unsigned integer, chooses between a few, and `comment` makes the bytes of a JPEG unique. */
  async picture(width: number, height: number, format: PictureFormat, look: number, comment: string): Promise<Buffer> {
    const variant = look % LOOKS_PER_SIZE;
    if (format !== "jpg") return this.#base(width, height, format, variant);
    const grid = (side: number) => Math.ceil(side / BLOCK_SIDE) * BLOCK_SIDE;
    const shared = withSize(await this.#base(grid(width), grid(height), format, variant), width, height);
    return withComment(shared ?? (await this.#base(width, height, format, variant)), comment);
  }

  #base(width: number, height: number, format: PictureFormat, variant: number): Promise<Buffer> {
    const key = `${width}x${height}.${variant}.${format}`;
    const known = this.#cache.get(key);
    if (known) {
      this.#cache.delete(key);
      this.#cache.set(key, known);
      return known.picture;
    }
    const painted: Painted = { picture: this.#paint(width, height, format, variant), bytes: 0 };
    this.#cache.set(key, painted);
    painted.picture.then(
      (picture) => this.#keep(painted, picture.length),
      () => this.#cache.delete(key),
    );
    return painted.picture;
  }

  async #paint(width: number, height: number, format: PictureFormat, variant: number): Promise<Buffer> {
    if (this.#painting >= PAINTING_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#painting += 1;
    try {
      this.#canvas ??= paintCanvas(this.#seed);
      const place = Math.imul(width * 31 + height * 17 + variant, PLACE_STEP) >>> 0;
      const quality = width * height < QUALITY.largeFromArea ? QUALITY.small : QUALITY.large;
      return await encodePicture(cutPicture(this.#canvas, width, height, place), format, quality);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#painting -= 1;
    }
  }

  #keep(painted: Painted, bytes: number): void {
    painted.bytes = bytes;
    this.#cachedBytes += bytes;
    for (const [key, oldest] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES) return;
      if (oldest.bytes === 0) continue;
      this.#cache.delete(key);
      this.#cachedBytes -= oldest.bytes;
    }
  }
}
