// Limits the downloads under way: the more bodies wait to be decoded, the fewer.
import { Budget } from "../core/budget.ts";
import type { Visit } from "./attempt.ts";

/**
 * Downloads in flight at the start; each that ends makes room for one more. If all began at once, the first picture would come with the
 * last.
 */
const FIRST_IN_FLIGHT = 64;

/**
 * Slots for downloads. Each download takes its share of the memory for bodies, and a body that has arrived takes its own size until it is
 * released. So `maxInFlight` downloads are under way while decoders wait for pictures, about half as many when half of the memory is full,
 * and none when all of it is. That way few sites wait with half a picture on the line, and no connections are opened for pictures that no
 * decoder has time for. A share may be smaller than a picture: `BodyGrowth` bounds what the bodies under way really take.
 */
export class DownloadSlots {
  readonly #maxInFlight: number;
  readonly #shareBytes: number;
  readonly #room: Budget;
  #inFlight = 0;

  /** For at most `maxInFlight` downloads, whose bodies have `bodyBytes` of memory. */
  constructor(maxInFlight: number, bodyBytes: number) {
    this.#maxInFlight = maxInFlight;
    this.#shareBytes = Math.max(1, Math.floor(bodyBytes / maxInFlight));
    this.#room = new Budget(this.#roomFor(Math.min(maxInFlight, FIRST_IN_FLIGHT)));
  }

  /** Downloads under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Runs a download when a slot is free, first come, first served. Rejects with the signal's reason, and as the download does. */
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

  // One byte less than room for one more, so that a body in memory costs no slot before it fills a whole share.
  #roomFor(downloads: number): number {
    return (downloads + 1) * this.#shareBytes - 1;
  }
}
