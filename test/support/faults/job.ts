// The download that fault tests disturb: the rows of a test site, packed into small shards.
import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { removeFolder } from "../remove-folder.ts";
import { runPrep, startPrep } from "../run-prep.ts";
import { faultsOfOutput } from "./checker.ts";
import { type CallFault, faultEnvironment } from "./fault.ts";
import { type Site, type SiteOptions, startSite } from "./site.ts";

/** Whether the long form runs: `npm run test:faults -- --long`. */
export const IS_LONG = process.env["PREP_FAULTS"] === "long";

/** Options that resize nothing, so that no decoder starts. */
export const UNRESIZED = ["--resize-mode", "no"];

/** A running site, the list of its rows and a folder for outputs. */
export interface Job {
  readonly site: Site;
  readonly folder: string;
  /** Arguments of `prep` that do the whole job into the named output. */
  args(output: string, ...more: readonly string[]): string[];
  output(name: string): string;
  /** Makes an output that has a plan and no shards yet; returns its path. */
  plan(output: string, ...more: readonly string[]): Promise<string>;
  /** Everything that is wrong with an output; an unfinished one is checked for what must hold at every moment. */
  faults(output: string, isFinished?: boolean): Promise<string[]>;
  close(): Promise<void>;
}

/** The size of a job and its options. */
export interface JobOptions extends SiteOptions {
  readonly shardRows: number;
  /** Whether the run prints notices: it has no `--quiet` then. */
  readonly hasNotices?: boolean;
  /** Further options of `prep download`. */
  readonly options?: readonly string[];
}

/** Starts the site and writes the list; the caller closes the job. */
export async function openJob({ shardRows, options = [], hasNotices = false, ...siteOptions }: JobOptions): Promise<Job> {
  const folder = await mkdtemp(join(tmpdir(), "prep-faults-"));
  const site = await startSite(siteOptions);
  const list = await site.writeList(join(folder, "list.parquet"));
  const output = (name: string) => resolve(folder, name);
  const shape = ["--caption-col", "caption", "--output-format", "webdataset", "--number-sample-per-shard", String(shardRows)];
  const images = ["--resize-mode", "keep_ratio", "--resize-only-if-bigger", "--skip-reencode", "--allow-private-network"];
  // On a busy machine a slow server must not count as a silent one.
  const timeouts = ["--timeout", "60", "--total-timeout", "120"];
  const args = (name: string, ...more: readonly string[]) => [
    "download",
    list,
    "--output",
    output(name),
    ...shape,
    ...images,
    ...timeouts,
    ...(hasNotices ? [] : ["--quiet"]),
    ...site.options,
    ...options,
    ...more,
  ];
  return {
    site,
    folder,
    args,
    output,
    plan: async (name, ...more) => {
      const root = output(name);
      // The second write of start.json names the run; by then everything exists that a worker needs.
      const fault: CallFault = {
        root,
        role: "main",
        call: { kinds: ["rename"], path: "start\\.json$" },
        k: 2,
        action: "kill-after",
      };
      const { signal, stderr } = await runPrep(args(name, ...more), { env: faultEnvironment(fault) });
      if (signal !== "SIGKILL") throw new Error(`no plan was made: ${stderr}`);
      return root;
    },
    faults: (name, isFinished) => faultsOfOutput(output(name), site, isFinished),
    close: async () => {
      await site.close();
      await removeFolder(folder);
    },
  };
}

/** Copies an output, so that one plan serves many faults; returns the path of the copy. */
export async function copyOutput(job: Job, from: string, to: string): Promise<string> {
  await cp(job.output(from), job.output(to), { recursive: true });
  return job.output(to);
}

/** Starts one task in a process of its own, as a cluster does. */
export function startTask(output: string, task: number, env: Record<string, string> = {}) {
  return startPrep(["task", output, "--index", String(task)], { env });
}
