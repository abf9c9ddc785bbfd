// Progress notes: small files that tell `prep status` how far each worker is.
import type { Progress } from "../../engine/messages.ts";
import type { Store } from "../../store/store.ts";
import { storeAt } from "../../store/store-at.ts";
import type { WorkerProgress } from "./worker-progress.ts";

/** How old a note may be. People ask for a status by hand, so seconds do not matter. */
const INTERVAL_MS = 2_000;

const SUBJECT = "progress";

/** Keeps the note of one worker. Errors are ignored, since no work depends on a note. */
export class ProgressNote {
  readonly #store: Store;
  readonly #progress: WorkerProgress;
  readonly #timer: NodeJS.Timeout;
  #written: number | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(output: string, progress: WorkerProgress) {
    this.#store = storeAt(output);
    this.#progress = progress;
    this.#timer = setInterval(() => this.#write(), INTERVAL_MS).unref();
  }

  /** Removes the note. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
    await this.#store.removeNote(SUBJECT).catch(() => undefined);
  }

  #write(): void {
    const { version } = this.#progress;
    if (version === this.#written) return;
    this.#written = version;
    const text = JSON.stringify(this.#progress.snapshot);
    this.#work = this.#work.then(() => this.#store.writeNote(SUBJECT, text)).catch(() => undefined);
  }
}

/** Reads how far the workers of an output are. Dead workers of this machine do not count. Writes nothing. */
export async function readProgress(output: string): Promise<Progress[]> {
  const notes = await storeAt(output).notes(SUBJECT);
  return notes.flatMap(({ subject, text }) => (subject === SUBJECT ? (progressOf(text) ?? []) : []));
}

/** Undefined if the text is no note: anybody may have written it. */
function progressOf(text: string): Progress | undefined {
  try {
    const { open, marks } = JSON.parse(text) as Progress;
    const isWhole = open.every(isOpenShard) && marks.every(({ at, rows, bytes }) => areNumbers(at, rows, bytes));
    return isWhole ? { open, marks } : undefined;
  } catch {
    return undefined;
  }
}

function isOpenShard({ shard, rows, packed, failed, downloadedBytes, storedBytes, outcomes }: Progress["open"][number]): boolean {
  return typeof shard === "string" && areNumbers(rows, packed, failed, downloadedBytes, storedBytes, ...Object.values(outcomes));
}

function areNumbers(...fields: readonly unknown[]): boolean {
  return fields.every((field) => typeof field === "number" && Number.isFinite(field));
}
