// Messages between the two sides of a decoder process.
import type { Failure } from "../../core/outcome.ts";
import type { Box } from "../boxes.ts";
import type { ImageHeader } from "../formats/image-header.ts";
import type { TransformOptions } from "../transform-options.ts";

/** What to do with one picture. */
export interface DecodeJob {
  /** `store` makes the image of the shard; `verify` decodes every pixel and stores nothing. */
  readonly purpose: "store" | "verify";
  readonly header: ImageHeader;
  readonly options: TransformOptions;
  /** What to blur, as shares of the picture as it was downloaded. */
  readonly boxes?: readonly Box[];
  /** The EXIF orientation to apply, 1 to 8. Default 1: none. */
  readonly orientation?: number;
}

/** The stored image and both sizes in pixels, or why there is none. `image` is empty after `verify`. */
export type DecodeResult =
  | {
      readonly ok: true;
      readonly image: Buffer;
      readonly width: number;
      readonly height: number;
      readonly originalWidth: number;
      readonly originalHeight: number;
    }
  | { readonly ok: false; readonly failure: Failure; readonly originalWidth?: number; readonly originalHeight?: number };

/** Parent to child: one picture. */
export interface DecodeRequest {
  readonly id: number;
  readonly body: Buffer;
  readonly job: DecodeJob;
}

/** Child to parent: first that it is ready, then one answer for each picture, in any order. */
export type DecodeReply = { readonly ready: true } | { readonly id: number; readonly result: DecodeResult };
