// A note about a picture inside a decoder, for the worker that takes over from a dead process.

/** Kept by the caller, outside of this process. */
export interface DecodeNote {
  /** Workers that died while the picture was inside a decoder. One makes it a suspect, two are proof. */
  readonly deaths: number;
  /** The picture is about to reach a decoder. May be called more than once. */
  enter(): void;
  /** No decoder has the picture any more. */
  leave(): void;
}
