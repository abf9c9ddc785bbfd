// Decodes a failed picture again while no other is decoded, so that the reason is its own.
import { Budget } from "../../core/budget.ts";
import type { FailureCode } from "../../core/outcome.ts";
import type { DecodeJob, DecodeResult } from "./decoder-messages.ts";

/** Decodes one picture. Never rejects. */
export type Decode = (body: Buffer, job: DecodeJob) => Promise<DecodeResult>;

/** More pictures than are ever inside one process. */
const ALL_SLOTS = 1_000_000;
/** Codes that come from the decoder's error text. */
const CODES_FROM_TEXT: ReadonlySet<FailureCode> = new Set(["decode_failed", "truncated", "decode_timeout", "encode_failed"]);
/** A picture that took a greater share of its time limit is not tried again, because the others would wait too long. */
const MAX_SHARE = 0.25;

/**
 * Wraps a decoder so that a picture which fails is decoded again alone. libvips keeps the error texts of all threads in one
 * buffer, and each picture empties it when it ends. Of two pictures that ended together, one in six had no reason or the other's,
 * and so another code from one run to the next.
 */
export function decodeAgainAlone(decode: Decode): Decode {
  const slots = new Budget(ALL_SLOTS);
  const holding = async (count: number, work: () => Promise<DecodeResult>): Promise<DecodeResult> => {
    await slots.reserve(count);
    try {
      return await work();
    } finally {
      slots.release(count);
    }
  };
  return async (body, job) => {
    let startMs = 0;
    const first = await holding(1, () => {
      startMs = performance.now();
      return decode(body, job);
    });
    const isFromText = !first.ok && CODES_FROM_TEXT.has(first.failure.code) && first.failure.detail !== undefined;
    const isQuick = performance.now() - startMs < MAX_SHARE * job.options.decodeTimeoutMs;
    return isFromText && isQuick ? holding(ALL_SLOTS, () => decode(body, job)) : first;
  };
}
