// A DNS server on loopback that answers as it is told, so that a whole run needs no internet.
import { createSocket } from "node:dgram";
import { isIPv4, isIPv6 } from "node:net";

/** Answer for a name: its addresses; an alias (CNAME) with the addresses of its target; undefined for "no such name"; or a way to fail. */
export type DnsAnswer = string | readonly string[] | DnsAlias | undefined | "silent" | "servfail";

/** An alias, and the addresses of the name that it stands for. */
export interface DnsAlias {
  readonly alias: string;
  readonly addresses: readonly string[];
}

/** How the server behaves. */
export interface DnsServerOptions {
  /** Called with the name in lower case and without its last dot. */
  readonly answer: (name: string) => DnsAnswer;
  /** Milliseconds before an answer. A function is called for every question. */
  readonly delayMs?: number | ((name: string) => number);
  readonly ttlSeconds?: number;
}

/** A running server. */
export interface DnsServer {
  /** "127.0.0.1:PORT", as `--dns-server` takes it. */
  readonly address: string;
  /** Questions so far for a name, of any type. */
  questions(name: string): number;
  close(): Promise<void>;
}

const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_AAAA = 28;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const HEADER_BYTES = 12;

/** Starts a server on a free UDP port of 127.0.0.1. It answers A and AAAA. For any other type an existing name has no records. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const questions = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  socket.on("message", (query, from) => {
    const question = readQuestion(query);
    if (!question) return;
    questions.set(question.name, (questions.get(question.name) ?? 0) + 1);
    const answer = options.answer(question.name);
    if (answer === "silent") return;
    const { delayMs = 0 } = options;
    const reply = replyTo(query, question, answer, options.ttlSeconds ?? 60);
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        socket.send(reply, from.port, from.address);
      },
      typeof delayMs === "number" ? delayMs : delayMs(question.name),
    );
    timers.add(timer);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions: (name) => questions.get(name) ?? 0,
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

interface Question {
  readonly name: string;
  readonly type: number;
  /** Where the question ends in the message. */
  readonly end: number;
}

// Undefined for a message that is no question; its sender gets no answer.
function readQuestion(message: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = message[at]; length !== undefined && length !== 0; length = message[at]) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  if (message.length < end) return undefined;
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at + 1), end };
}

function replyTo(query: Buffer, question: Question, answer: DnsAnswer, ttlSeconds: number): Buffer {
  const { alias, addresses } = answerRecords(answer);
  const wanted = addresses.filter(question.type === TYPE_A ? isIPv4 : question.type === TYPE_AAAA ? isIPv6 : () => false);
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  // A response, recursion desired and available, and the outcome.
  header.writeUInt16BE(0x8180 | (answer === undefined ? NXDOMAIN : answer === "servfail" ? SERVFAIL : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(wanted.length + (alias === undefined ? 0 : 1), 6);
  // Each record's name is a pointer: to the question, or to the alias's target, which is the first record's data.
  const target = alias === undefined ? HEADER_BYTES : question.end + HEADER_BYTES;
  const records = wanted.map((address) => record(target, question.type, addressBytes(question.type, address), ttlSeconds));
  if (alias !== undefined) records.unshift(record(HEADER_BYTES, TYPE_CNAME, nameBytes(alias), ttlSeconds));
  return Buffer.concat([header, query.subarray(HEADER_BYTES, question.end), ...records]);
}

function answerRecords(answer: DnsAnswer): Partial<DnsAlias> & Pick<DnsAlias, "addresses"> {
  if (answer === undefined || answer === "servfail") return { addresses: [] };
  if (typeof answer === "string") return { addresses: [answer] };
  return "alias" in answer ? answer : { addresses: answer };
}

function addressBytes(type: number, address: string): Buffer {
  return type === TYPE_A ? Buffer.from(address.split(".").map(Number)) : ipv6Bytes(address);
}

function nameBytes(name: string): Buffer {
  return Buffer.concat([...name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label, "latin1")])), Buffer.alloc(1)]);
}

function record(nameAt: number, type: number, data: Buffer, ttlSeconds: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0xc000 | nameAt, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttlSeconds, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address: string): Buffer {
  // WHATWG URLs spell an IPv6 address without embedded dots, so only one kind of group is left to read.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => "0"), ...after];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}
