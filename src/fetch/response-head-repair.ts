// Repairs heads of responses that curl accepts and undici's parser refuses.
import type { Socket } from "node:net";

/** Longest head in bytes that undici's parser takes. A longer one is passed on unchanged and refused there. */
const MAX_HEAD_BYTES = 16_384;

const BEGINNING = "HTTP/";
const NOTHING = Buffer.alloc(0);

/**
 * Repairs the heads of all responses that come over a socket: lines that end with LF alone, folded lines, one length stated twice, a length
 * beside chunks, `Transfer-Encoding: identity`, and a `100 Continue` that nobody asked for. Everything else passes unchanged. After a
 * repaired response its connection is closed, so that a doubt about the end of one response never reaches the next. Expects one request at
 * a time.
 */
export function repairResponseHeads(socket: Socket): void {
  const heads = new HeadRepairer();
  const write = socket.write.bind(socket) as (...parts: unknown[]) => boolean;
  const read = socket.read.bind(socket);
  // After a request is written, the next bytes begin with a head.
  socket.write = (...parts: unknown[]) => {
    heads.expect();
    return write(...parts);
  };
  socket.read = (size?: number) => {
    for (;;) {
      const chunk: Buffer | null = read(size);
      if (chunk === null) return null;
      const passed = heads.take(chunk);
      if (passed.length > 0) return passed;
    }
  };
}

/** Holds a response's head back until it is complete, and repairs it. */
class HeadRepairer {
  #isExpected = true;
  #held: Buffer = NOTHING;

  expect(): void {
    this.#isExpected = true;
  }

  /** What the parser gets of a chunk. */
  take(chunk: Buffer): Buffer {
    if (!this.#isExpected) return chunk;
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = NOTHING;
    const passed: Buffer[] = [];
    while (this.#isExpected && rest.length > 0) {
      const text = rest.toString("latin1", 0, MAX_HEAD_BYTES);
      const end = endOfHead(text);
      if (end === undefined) {
        const mayBecomeHead = rest.length < MAX_HEAD_BYTES && text.startsWith(BEGINNING.slice(0, text.length));
        if (mayBecomeHead) {
          this.#held = rest;
          rest = NOTHING;
        } else this.#isExpected = false;
        break;
      }
      const head = text.slice(0, end);
      const status = /^HTTP\/\d\.\d (1\d\d)/.exec(head)?.[1];
      // Behind an interim response comes another head; 101 is the end, whatever follows.
      this.#isExpected = status !== undefined && status !== "101";
      if (status !== "100") {
        const repaired = repairedHead(head);
        passed.push(repaired === head ? rest.subarray(0, end) : Buffer.from(repaired, "latin1"));
      }
      rest = rest.subarray(end);
    }
    if (rest.length > 0) passed.push(rest);
    const [first = NOTHING, ...others] = passed;
    return others.length > 0 ? Buffer.concat(passed) : first;
  }
}

/** Offset behind the empty line that ends a head, with either kind of line end. */
function endOfHead(text: string): number | undefined {
  const match = /\n\r?\n/.exec(text);
  return match ? match.index + match[0].length : undefined;
}

/** A complete head as a strict parser takes it; the same text if nothing needs repair. */
export function repairedHead(head: string): string {
  const lower = head.toLowerCase();
  const length = lower.indexOf("\ncontent-length:");
  const isLengthDoubtful = length >= 0 && (lower.includes("\ntransfer-encoding:") || lower.lastIndexOf("\ncontent-length:") > length);
  if (!isLengthDoubtful && !/[^\r]\n|\n[ \t]/.test(head) && !lower.includes("\ntransfer-encoding: identity")) return head;
  const [status = "", ...lines] = head
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const fields = lines.filter((line) => !/^(connection|keep-alive):/i.test(line));
  return [status, ...withOneLength(fields), "Connection: close", "", ""].join("\r\n");
}

/** Fields that state the body's length once: chunks count more than a length, and one length is enough. RFC 9112, 6.3. */
function withOneLength(fields: readonly string[]): string[] {
  const rest = fields.filter((line) => !/^transfer-encoding:[ \t]*identity[ \t]*$/i.test(line));
  const isCoded = rest.some((line) => /^transfer-encoding:/i.test(line));
  const lengths = new Set(rest.flatMap((line) => /^content-length:[ \t]*(.*?)[ \t]*$/i.exec(line)?.[1] ?? []));
  // Two different lengths stay: nobody can tell which is meant.
  if (!isCoded && lengths.size !== 1) return rest;
  const others = rest.filter((line) => !/^content-length:/i.test(line));
  return isCoded ? others : [...others, `Content-Length: ${[...lengths][0]}`];
}
