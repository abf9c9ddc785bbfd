// Progress notes: small files that tell `prep status` how far each worker is.
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../engine/messages.ts";
import { temporaryFile, temporaryFolder } from "../../store/commit.ts";
import { lifeIn } from "../../store/process-life.ts";
import type { WorkerProgress } from "./worker-progress.ts";

/** How old a note may be: a status is asked for by hand. */
const INTERVAL_MS = 2_000;

const NAME = /^progress\./;

/** Keeps the note of one worker. A note that cannot be written is left out: work does not depend on it. */
export class ProgressNote {
  readonly #path: string;
  readonly #unfinished: string;
  readonly #progress: WorkerProgress;
  readonly #timer: NodeJS.Timeout;
  #written: number | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(output: string, progress: WorkerProgress) {
    // The next start sweeps such names when their process is gone.
    this.#path = temporaryFile(output, "progress");
    this.#unfinished = temporaryFile(output, "progressing");
    this.#progress = progress;
    this.#timer = setInterval(() => this.#write(), INTERVAL_MS).unref();
  }

  /** Removes the note. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
    for (const path of [this.#unfinished, this.#path]) await rm(path, { force: true }).catch(() => undefined);
  }

  #write(): void {
    const { version } = this.#progress;
    if (version === this.#written) return;
    this.#written = version;
    const text = JSON.stringify(this.#progress.snapshot);
    this.#work = this.#work
      .then(() => writeFile(this.#unfinished, text))
      .then(() => rename(this.#unfinished, this.#path))
      .catch(() => undefined);
  }
}

/** How far all workers of an output are. Those of this machine that are gone do not count; nothing is written. */
export async function readProgress(output: string): Promise<Progress[]> {
  const folder = temporaryFolder(output);
  const isAlive = lifeIn(output);
  const names = (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name));
  const notes = await Promise.all(
    names.map(async (name) => ((await isAlive(name)) ? await readNote(join(folder, name)).catch(() => undefined) : undefined)),
  );
  return notes.filter((note) => note !== undefined);
}

/** Undefined where it is no note: the folder may be anybody's. */
async function readNote(path: string): Promise<Progress | undefined> {
  const value = JSON.parse(await readFile(path, "utf8")) as Partial<Progress> | null;
  if (!Array.isArray(value?.open) || !Array.isArray(value.marks)) return undefined;
  const areNumbers = (...fields: unknown[]) => fields.every((field) => typeof field === "number" && Number.isFinite(field));
  const { open, marks } = value as Progress;
  const isOpen = ({ shard, rows, packed, failed, downloadedBytes, storedBytes, outcomes }: Progress["open"][number]) =>
    typeof shard === "string" && areNumbers(rows, packed, failed, downloadedBytes, storedBytes) && areNumbers(...Object.values(outcomes));
  const isWhole = open.every(isOpen) && marks.every(({ at, rows, bytes }) => areNumbers(at, rows, bytes));
  return isWhole ? { open, marks } : undefined;
}
