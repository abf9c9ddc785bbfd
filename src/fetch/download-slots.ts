// Fetch, around an attempt: how many downloads are under way; fewer, the more bodies wait to be decoded.
import { Budget } from "../core/budget.ts";
import type { Visit } from "./attempt.ts";

/** Downloads in flight at the start; each that ends makes room for one more. All at once, the first picture would come with the last. */
const FIRST_IN_FLIGHT = 64;

/**
 * Places for downloads. Each takes its part of the memory for bodies, and a body that has arrived takes its own size until it
 * is released: so `maxInFlight` are under way while decoders wait for pictures, about half as many when half of the memory is
 * full, and none when all of it is. So few sites are asked for a picture only to be kept waiting with half of it on the line,
 * and connections are not opened for pictures that no decoder has time for. A share may be less than a picture: what the
 * bodies under way really take is bounded by `BodyGrowth`.
 */
export class DownloadSlots {
  readonly #maxInFlight: number;
  readonly #shareBytes: number;
  readonly #room: Budget;
  #inFlight = 0;

  /** For at most so many downloads, whose bodies have so much memory. */
  constructor(maxInFlight: number, bodyBytes: number) {
    this.#maxInFlight = maxInFlight;
    this.#shareBytes = Math.max(1, Math.floor(bodyBytes / maxInFlight));
    this.#room = new Budget(this.#roomFor(Math.min(maxInFlight, FIRST_IN_FLIGHT)));
  }

  /** Downloads under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Begins a download when there is a place, first come, first served. Rejects with the signal's reason, and as the download does. */
  async run(signal: AbortSignal, download: () => Promise<Visit>): Promise<Visit> {
    const share = this.#shareBytes;
    await this.#room.reserve(share, signal);
    this.#inFlight += 1;
    try {
      const result = await download();
      return result.ok ? this.#holding(result) : result;
    } finally {
      this.#inFlight -= 1;
      this.#room.release(share);
      this.#room.growTo(Math.min(this.#roomFor(this.#maxInFlight), this.#room.capacity + share));
    }
  }

  #holding(result: Visit & { readonly ok: true }): Visit {
    const bodyBytes = result.body.length;
    this.#room.take(bodyBytes);
    const release = () => {
      result.release();
      this.#room.release(bodyBytes);
    };
    return { ...result, release };
  }

  // A byte less than for one more: what is held costs no place before it fills the whole of one.
  #roomFor(downloads: number): number {
    return (downloads + 1) * this.#shareBytes - 1;
  }
}
