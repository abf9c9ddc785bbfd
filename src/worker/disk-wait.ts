// How long a download waits for disk space, and how it tells people.
import { OutputError } from "../core/errors.ts";
import { sleep } from "../core/sleep.ts";
import type { Pause } from "../engine/messages.ts";
import type { DownloadSettings, RunEffects } from "../job/config.ts";
import { PauseNotes } from "../output/status/pause-notes.ts";
import { storeAt } from "../store/store-at.ts";
import { createDiskWait, type DiskWait } from "../store/wait-for-disk.ts";

/** For settings of a version that did not wait. */
const DEFAULT_OUTAGE_MS = 600_000;

/** Takes a notice for people, and the wait that it is about. */
export type Notice = (text: string, pause?: Pause) => void;

/** The longest wait for disk space or for the network. */
export function longestWaitMs({ maxOutageMs }: DownloadSettings): number {
  return maxOutageMs ?? DEFAULT_OUTAGE_MS;
}

/** Makes the wait for disk space of a process that writes to an output. */
export function diskWaitOf(output: string, settings: DownloadSettings, signal: AbortSignal, notice: Notice): DiskWait {
  return createDiskWait({
    maxWaitMs: longestWaitMs(settings),
    path: output,
    space: () => storeAt(output).space(),
    now: () => performance.now(),
    sleep,
    signal,
    onNotice: (text, isOver) => notice(text, { of: "disk", isOver }),
    asFinal: fullDiskError,
  });
}

/** The error of a download that a full disk ended; `lack` says how much space there is and how much is needed. */
export function fullDiskError(cause: unknown, lack: string): OutputError {
  const hint = "Free space there and start the same command again: what is committed stays.";
  return new OutputError(`the disk is full while writing shards: ${lack}`, hint, { cause });
}

/** Does writes of the main process of a run. People and `prep status` hear of a wait for disk space. */
export async function withDiskWait<T>(
  output: string,
  settings: DownloadSettings,
  { emit, now, signal }: RunEffects,
  work: (diskWait: DiskWait) => Promise<T>,
): Promise<T> {
  const pauses = new PauseNotes(output, now);
  const diskWait = diskWaitOf(output, settings, signal, (text, pause) => {
    if (pause) pauses.told(text, pause);
    emit({ event: "notice", text, ...(pause ? { pause: pause.isOver ? "ends" : "begins" } : {}) });
  });
  try {
    return await work(diskWait);
  } finally {
    await pauses.close();
  }
}
