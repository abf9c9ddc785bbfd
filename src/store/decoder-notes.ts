// Notes of the samples inside a decoder, for the worker that takes over after a death.
//
// A note is one small write into the page cache, which outlives the process; nothing is synced. What a machine forgets when
// it goes down is only suspicion: a picture is then decoded beside others once more.
import { writeSync } from "node:fs";
import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { LETHAL_DEATHS } from "../core/outcome.ts";
import { errorCode } from "./system-errors.ts";

/** Its name in an attempt's folder. */
export const DECODER_NOTES = "decoding";

/** What is noted of one sample; the transform stage knows it as `DecodeNote`. */
export interface SampleNote {
  /** Workers that died with the sample inside a decoder. */
  readonly deaths: number;
  enter(): void;
  leave(): void;
}

/** How many workers died with a sample inside, by its index in the shard. */
export type Suspects = ReadonlyMap<number, number>;

/** More deaths tell nothing more, and one digit holds them. */
const MAX_DEATHS = 9;

const LINE = /^(\d{10}) (\d) ([iw])$/;
const BLANK = `${" ".repeat(14)}\n`;

/** The notes of one attempt: a line with the run, then a line of fixed width for each sample that is inside, or suspected. */
export class DecoderNotes {
  readonly #file: FileHandle;
  readonly #start: number;
  readonly #suspects: Suspects;
  /** Lines in use, by the sample. */
  readonly #lines = new Map<number, number>();
  readonly #free: number[] = [];
  #isOpen = true;

  private constructor(file: FileHandle, start: number, suspects: Suspects) {
    this.#file = file;
    this.#start = start;
    this.#suspects = suspects;
    for (const index of suspects.keys()) this.#lines.set(index, this.#lines.size);
  }

  /** Begins the notes of an attempt at a shard of this run with what is suspected already. May be called again after it failed. */
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

  /** How many samples are known to kill, since too many workers died with them inside. */
  get killers(): number {
    return [...this.#suspects.values()].filter((deaths) => deaths >= LETHAL_DEATHS).length;
  }

  /** Whether some worker died with the sample inside. */
  isSuspect(index: number): boolean {
    return this.#suspects.has(index);
  }

  /** What is known and will be noted of a sample. */
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

  /** Ends the notes; those that come later are not written. Must precede the folder's removal, which network file systems delay for open files. */
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
      // A full or failing disk meets whoever writes what counts; here only a suspicion is lost.
    }
  }
}

function lineOf(index: number, deaths: number, state: "i" | "w"): string {
  return `${String(index).padStart(10, "0")} ${Math.min(deaths, MAX_DEATHS)} ${state}\n`;
}

/**
 * What the notes in the folders of dead attempts say. Two of them may tell of one death, since who takes over copies what he
 * reads, so of a sample the highest number counts and none is added up. Notes of another run are of other samples.
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

/** Removes notes that somebody has taken over. */
export async function removeNotes(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}

async function readIfThere(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    // Gone with its folder, swept by another start; or the attempt died before it noted anything.
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  });
}
