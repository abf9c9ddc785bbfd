// Notes of the samples inside a decoder, for the worker that takes over after a death.
//
// A note is one small write into the page cache, which outlives the process. Nothing is synced: if the machine goes down,
// only a suspicion is lost, and a picture is decoded beside others once more.
import { writeSync } from "node:fs";
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { LETHAL_DEATHS } from "../core/outcome.ts";
import { errorCode } from "./system-errors.ts";

/** The file of the notes in an attempt's folder. */
export const DECODER_NOTES = "decoding";

/** The note of one sample; `transform` calls it `DecodeNote`. */
export interface SampleNote {
  /** Workers that died with the sample inside a decoder. */
  readonly deaths: number;
  enter(): void;
  leave(): void;
}

/** The number of workers that died with a sample inside a decoder, by its index in the shard. */
export type Suspects = ReadonlyMap<number, number>;

/** The number must fit one digit, and more deaths tell nothing more. */
const MAX_DEATHS = 9;

const LINE = /^(\d{10}) (\d) ([iw])$/;
const BLANK = `${" ".repeat(14)}\n`;

/** The notes of one attempt: a line with the run, then a line of fixed width for each sample that is inside or suspected. */
export class DecoderNotes {
  readonly #file: FileHandle;
  readonly #start: number;
  readonly #suspects: Suspects;
  /** The line of each sample that has one. */
  readonly #lines = new Map<number, number>();
  readonly #free: number[] = [];
  #isOpen = true;

  private constructor(file: FileHandle, start: number, suspects: Suspects) {
    this.#file = file;
    this.#start = start;
    this.#suspects = suspects;
    for (const index of suspects.keys()) this.#lines.set(index, this.#lines.size);
  }

  /** Begins the notes of an attempt at a shard of this run with the known suspects. May be called again after it failed. */
  static async begin(path: string, run: string, suspects: Suspects): Promise<DecoderNotes> {
    const header = `${run}\n`;
    const file = await open(path, "w");
    try {
      await file.writeFile(header + [...suspects].map(([index, deaths]) => lineOf(index, deaths, "w")).join(""));
      return new DecoderNotes(file, header.length, suspects);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The number of samples that are known to kill, because too many workers died with them inside. */
  get killers(): number {
    return [...this.#suspects.values()].filter((deaths) => deaths >= LETHAL_DEATHS).length;
  }

  /** Whether a worker died with the sample inside. */
  isSuspect(index: number): boolean {
    return this.#suspects.has(index);
  }

  /** The note of a sample. */
  of(index: number): SampleNote {
    const deaths = this.#suspects.get(index) ?? 0;
    return {
      deaths,
      enter: () => {
        const line = this.#lines.get(index) ?? this.#free.pop() ?? this.#lines.size + this.#free.length;
        this.#lines.set(index, line);
        this.#write(line, lineOf(index, deaths, "i"));
      },
      leave: () => {
        const line = this.#lines.get(index);
        if (line === undefined) return;
        this.#lines.delete(index);
        this.#free.push(line);
        this.#write(line, BLANK);
      },
    };
  }

  /** Ends the notes; later ones are dropped. Call it before the folder is removed, since network file systems keep open files. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }

  #write(line: number, text: string): void {
    if (!this.#isOpen) return;
    try {
      writeSync(this.#file.fd, text, this.#start + line * BLANK.length, "latin1");
    } catch {
      // A full or failing disk fails the writes that count; here only a suspicion is lost.
    }
  }
}

function lineOf(index: number, deaths: number, state: "i" | "w"): string {
  return `${String(index).padStart(10, "0")} ${Math.min(deaths, MAX_DEATHS)} ${state}\n`;
}

/**
 * Reads the notes of dead attempts. A worker that takes over copies the notes that it reads, so two files may tell of one death:
 * the highest number of a sample counts, and numbers are not added. Notes of another run are skipped.
 */
export async function readSuspects(paths: readonly string[], run: string): Promise<Suspects> {
  const suspects = new Map<number, number>();
  for (const path of paths) {
    const [header, ...lines] = (await readIfThere(path)).split("\n");
    if (header !== run) continue;
    for (const line of lines) {
      const [, index, deaths, state] = LINE.exec(line) ?? [];
      if (index === undefined) continue;
      const total = Number(deaths) + (state === "i" ? 1 : 0);
      suspects.set(Number(index), Math.max(suspects.get(Number(index)) ?? 0, total));
    }
  }
  return suspects;
}

/** Removes notes that another attempt has copied. */
export async function removeNotes(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}

async function readIfThere(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    // Another start swept the folder, or the attempt died before its first note.
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  });
}
