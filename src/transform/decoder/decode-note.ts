// Transform: what is noted of a picture before its bytes reach a decoder, so that whoever takes over from a dead process knows it.

/** Kept by the caller, outside of this process. */
export interface DecodeNote {
  /** Workers that died while the picture was inside a decoder: one makes it a suspect, two are proof. */
  readonly deaths: number;
  /** Its bytes are about to reach a decoder. May be called more than once. */
  enter(): void;
  /** No decoder has it any more. */
  leave(): void;
}
