// The conductor: a wait for a network or a disk, kept as a small file while it lasts, so that `prep status` sees it from elsewhere.
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pause } from "../../engine/messages.ts";
import { temporaryFile, temporaryFolder } from "../../store/commit.ts";
import { lifeIn } from "../../store/process-life.ts";

/** A wait of one or more processes, as others read of it. Times are ISO 8601. */
export interface PauseNote {
  readonly of: Pause["of"];
  readonly since: string;
  /** When the process that waits last said so. */
  readonly heard: string;
  readonly text: string;
}

/** How often a process that waits says that it still does. */
const REFRESH_MS = 10_000;

const NAME = /^pause-(network|disk)\./;

/** Keeps the notes of one process. What cannot be written is not: a note is a courtesy, and a full disk may be the very reason. */
export class PauseNotes {
  readonly #output: string;
  readonly #now: () => number;
  readonly #since = new Map<Pause["of"], number>();
  #refreshing: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(output: string, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  /** A wait begins, or is over. */
  told(text: string, { of, isOver }: Pause): void {
    if (isOver) this.#end(of);
    else this.#begin(of, text);
  }

  /** Ends the notes of all waits; resolves when none is left. */
  async close(): Promise<void> {
    for (const of of [...this.#since.keys()]) this.#end(of);
    await this.#work;
  }

  #begin(of: Pause["of"], text: string): void {
    this.#since.set(of, this.#now());
    const note = JSON.stringify({ since: new Date(this.#now()).toISOString(), text });
    this.#later(() => this.#write(of, note));
    this.#refreshing ??= setInterval(() => this.#refresh(), REFRESH_MS).unref();
  }

  #end(of: Pause["of"]): void {
    this.#since.delete(of);
    this.#later(() => rm(this.#path(of), { force: true }));
    if (this.#since.size > 0) return;
    clearInterval(this.#refreshing);
    this.#refreshing = undefined;
  }

  #refresh(): void {
    const now = new Date(this.#now());
    for (const of of this.#since.keys()) this.#later(() => utimes(this.#path(of), now, now));
  }

  /** Who reads meanwhile finds the whole note or none. A full disk often has a place for a name, and none for a text: so much is told. */
  async #write(of: Pause["of"], note: string): Promise<void> {
    const unfinished = temporaryFile(this.#output, `pausing-${of}`);
    await writeFile(unfinished, note).catch(() => undefined);
    await rename(unfinished, this.#path(of));
  }

  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => undefined);
  }

  /** Of the kind that the next start sweeps when its process is gone. */
  #path(of: Pause["of"]): string {
    return temporaryFile(this.#output, `pause-${of}`);
  }
}

/** What processes wait for, one note each. Those of processes of this machine that are gone do not count; nothing is written. */
export async function readPauses(output: string): Promise<PauseNote[]> {
  const folder = temporaryFolder(output);
  const isAlive = lifeIn(output);
  const found = new Map<Pause["of"], PauseNote>();
  for (const name of await readdir(folder).catch(() => [])) {
    const of = NAME.exec(name)?.[1] as Pause["of"] | undefined;
    if (of === undefined || !(await isAlive(name))) continue;
    const note = await readNote(of, join(folder, name)).catch(() => undefined);
    if (!note) continue;
    const other = found.get(of) ?? note;
    const first = note.since < other.since ? note : other;
    found.set(of, { ...first, heard: note.heard > other.heard ? note.heard : other.heard });
  }
  return [...found.values()];
}

async function readNote(of: Pause["of"], path: string): Promise<PauseNote> {
  const { birthtime, mtime } = await stat(path);
  const heard = mtime.toISOString();
  try {
    const { since, text } = JSON.parse(await readFile(path, "utf8")) as { readonly since: string; readonly text: string };
    return { of, since, heard, text };
  } catch {
    const what = of === "disk" ? "the disk is full" : "the network or the resolver seems to be gone";
    return { of, since: birthtime.toISOString(), heard, text: what };
  }
}
