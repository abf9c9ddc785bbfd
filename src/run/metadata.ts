// `prep metadata`: fetches the tables of a published data set from the Hugging Face hub.
import { setTimeout } from "node:timers/promises";
import { InputError } from "../core/errors.ts";
import { openHubTransport } from "../fetch/hub-transport.ts";
import { hubAccess } from "../hub/access.ts";
import { repositoryOf } from "../hub/dataset-names.ts";
import { fetchDataset } from "../hub/fetch-dataset.ts";
import type { RunEffects } from "../job/config.ts";
import { successorOf } from "../metadata/columns/recognise-dataset.ts";
import { isMetadataName, isTextFile, METADATA_FORMATS } from "../metadata/formats.ts";

/** What to fetch, and where to. */
export interface MetadataRequest {
  /** A short name, or `org/name`. */
  readonly dataset: string;
  readonly revision: string | undefined;
  readonly globs: readonly string[];
  readonly output: string;
}

/** The tables of a data set: its parquet files if there are any, because these are smaller and typed; otherwise its text files. */
const TABLES = { tests: [(path: string) => isMetadataName(path) && !isTextFile(path), isMetadataName], formats: METADATA_FORMATS };

/** Shortest time between two progress events. */
const PROGRESS_MS = 100;

/** Fetches a data set, as `fetchDataset` does. Throws InputError for one that was withdrawn, and names its successor. */
export async function fetchMetadata(request: MetadataRequest, effects: RunEffects): Promise<void> {
  const { emit, signal, environment, version } = effects;
  const { output, revision, globs } = request;
  const repository = repositoryToFetch(request.dataset);
  const access = await hubAccess(environment);
  const transport = openHubTransport(environment);
  const total = { files: 0, bytes: 0 };
  let lastAt = 0;
  const progress = (isDue: boolean) => {
    const now = performance.now();
    if (!isDue && now - lastAt < PROGRESS_MS) return;
    lastAt = now;
    emit({ event: "fetch_progress", ...total });
  };
  try {
    const { commit, files } = await fetchDataset(
      { repository, revision, globs, tables: TABLES, output },
      {
        ...access,
        transport: transport.get,
        clock: { now: effects.now, random: Math.random, wait: async (ms, until) => await waitFor(ms, until) },
        userAgent: `prep/${version}`,
        signal,
        notice: (text) => emit({ event: "notice", text }),
      },
      {
        onPlan: (plan) => {
          total.files = plan.filesDone;
          total.bytes = plan.bytesDone;
          emit({ event: "fetch_started", dataset: repository, ...plan });
        },
        onBytes: (bytes) => {
          total.bytes += bytes;
          progress(false);
        },
        onFile: () => {
          total.files += 1;
          progress(true);
        },
      },
    );
    emit({ event: "fetch_finished", dataset: repository, commit, output, files });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await transport.close();
  }
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** The repository of a data set. Throws InputError for one that was withdrawn, UsageError for a wrong name. */
export function repositoryToFetch(dataset: string): string {
  const successor = successorOf(dataset);
  if (successor === undefined) return repositoryOf(dataset);
  throw new InputError(
    `${dataset} was withdrawn in December 2023, because some of its links led to illegal material`,
    `Its successor is ${successor}.`,
  );
}
