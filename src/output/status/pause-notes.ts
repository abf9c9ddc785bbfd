// Notes of waits for the network or the disk, which `prep status` reads.
import type { Pause } from "../../engine/messages.ts";
import type { ProcessNote, Store } from "../../store/store.ts";
import { storeAt } from "../../store/store-at.ts";

/** A wait of one or more processes. Times are ISO 8601. */
export interface PauseNote {
  readonly of: Pause["of"];
  readonly since: string;
  /** When a waiting process last confirmed the wait. */
  readonly heard: string;
  readonly text: string;
}

/** How often a waiting process confirms that it still waits. */
const REFRESH_MS = 10_000;

const SUBJECT = /^pause-(network|disk)$/;

/** Keeps the notes of one process. Errors are ignored: nothing depends on a note, and a full disk may be the reason for the wait. */
export class PauseNotes {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #since = new Map<Pause["of"], number>();
  #refreshing: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(output: string, now: () => number) {
    this.#store = storeAt(output);
    this.#now = now;
  }

  /** A wait begins, or is over. */
  told(text: string, { of, isOver }: Pause): void {
    if (isOver) this.#end(of);
    else this.#begin(of, text);
  }

  /** Removes the notes of all waits; resolves when none is left. */
  async close(): Promise<void> {
    for (const of of [...this.#since.keys()]) this.#end(of);
    await this.#work;
  }

  #begin(of: Pause["of"], text: string): void {
    this.#since.set(of, this.#now());
    const note = JSON.stringify({ since: new Date(this.#now()).toISOString(), text });
    // On a full disk an empty note can still be created, so its name alone carries the message.
    this.#later(() => this.#store.writeNote(subjectOf(of), note, { isKeptEmpty: true }));
    this.#refreshing ??= setInterval(() => this.#refresh(), REFRESH_MS).unref();
  }

  #end(of: Pause["of"]): void {
    this.#since.delete(of);
    this.#later(() => this.#store.removeNote(subjectOf(of)));
    if (this.#since.size > 0) return;
    clearInterval(this.#refreshing);
    this.#refreshing = undefined;
  }

  #refresh(): void {
    const now = new Date(this.#now());
    for (const of of this.#since.keys()) this.#later(() => this.#store.touchNote(subjectOf(of), now));
  }

  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => undefined);
  }
}

function subjectOf(of: Pause["of"]): string {
  return `pause-${of}`;
}

/** Reads what processes wait for, one note for each kind of wait. Dead processes of this machine do not count. Writes nothing. */
export async function readPauses(output: string): Promise<PauseNote[]> {
  const found = new Map<Pause["of"], PauseNote>();
  for (const stored of await storeAt(output).notes("pause-")) {
    const of = SUBJECT.exec(stored.subject)?.[1] as Pause["of"] | undefined;
    if (of === undefined) continue;
    const note = pauseOf(of, stored);
    const other = found.get(of) ?? note;
    const first = note.since < other.since ? note : other;
    found.set(of, { ...first, heard: note.heard > other.heard ? note.heard : other.heard });
  }
  return [...found.values()];
}

function pauseOf(of: Pause["of"], { text: stored, createdAt, modifiedAt }: ProcessNote): PauseNote {
  const heard = modifiedAt.toISOString();
  try {
    const { since, text } = JSON.parse(stored) as { readonly since: string; readonly text: string };
    return { of, since, heard, text };
  } catch {
    const what = of === "disk" ? "the disk is full" : "the network or the resolver seems to be gone";
    return { of, since: createdAt.toISOString(), heard, text: what };
  }
}
