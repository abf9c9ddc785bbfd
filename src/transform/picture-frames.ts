// Transform: messages that carry a picture through a pipe between two processes.
import type { Writable } from "node:stream";
import { deserialize, serialize } from "node:v8";

/**
 * In front of a message and its picture, the length of each. Node's own channel between processes copies a picture five
 * times on its way, at 0.3 ms for 64 KB and 1 ms for 400 KB; this one once.
 */
const LENGTHS_BYTES = 8;

/** Writes a message, which may be anything that `v8.serialize` takes, and the picture that belongs to it. */
export function writeFrame(pipe: Writable, message: unknown, picture: Buffer): void {
  const text = serialize(message);
  const head = Buffer.allocUnsafe(LENGTHS_BYTES + text.length);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(picture.length, 4);
  text.copy(head, LENGTHS_BYTES);
  // Both in one system call.
  pipe.cork();
  pipe.write(head);
  if (picture.length > 0) pipe.write(picture);
  pipe.uncork();
}

/** Takes frames apart that come in pieces of any size. Both ends are this program: a frame is trusted. */
export class FrameReader {
  readonly #onFrame: (message: unknown, picture: Buffer) => void;
  /** The beginning of a frame whose message is not complete. */
  #head: Buffer = Buffer.alloc(0);
  #message: unknown;
  /** The picture that is being filled. */
  #picture: Buffer | undefined;
  #filledBytes = 0;

  /** `onFrame` is called for each frame, once it is complete. */
  constructor(onFrame: (message: unknown, picture: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Takes the next piece; where `isLent`, its memory is used again afterwards, and what is kept of it is copied. */
  add(piece: Buffer, isLent: boolean): void {
    for (let rest = piece; rest.length > 0; ) rest = this.#picture ? this.#fill(this.#picture, rest) : this.#begin(rest, isLent);
  }

  #begin(piece: Buffer, isLent: boolean): Buffer {
    const head = this.#head.length > 0 ? Buffer.concat([this.#head, piece]) : piece;
    const pictureStart = head.length < LENGTHS_BYTES ? Number.POSITIVE_INFINITY : LENGTHS_BYTES + head.readUInt32LE(0);
    if (head.length < pictureStart) {
      this.#head = isLent && head === piece ? Buffer.from(head) : head;
      return head.subarray(head.length);
    }
    this.#head = Buffer.alloc(0);
    this.#message = deserialize(head.subarray(LENGTHS_BYTES, pictureStart));
    const end = pictureStart + head.readUInt32LE(4);
    if (head.length < end || (isLent && end > pictureStart)) {
      this.#picture = Buffer.allocUnsafeSlow(end - pictureStart);
      return head.subarray(pictureStart);
    }
    this.#onFrame(this.#message, head.subarray(pictureStart, end));
    return head.subarray(end);
  }

  #fill(picture: Buffer, piece: Buffer): Buffer {
    const taken = piece.copy(picture, this.#filledBytes);
    this.#filledBytes += taken;
    if (this.#filledBytes === picture.length) {
      this.#picture = undefined;
      this.#filledBytes = 0;
      this.#onFrame(this.#message, picture);
    }
    return piece.subarray(taken);
  }
}
