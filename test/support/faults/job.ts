// The job that the fault tests disturb: a list of a site's rows, downloaded into small webdataset shards.
import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { removeFolder } from "../remove-folder.ts";
import { runPrep, startPrep } from "../run-prep.ts";
import { faultsOfOutput } from "./checker.ts";
import { type CallFault, faultEnvironment } from "./fault.ts";
import { type Site, type SiteOptions, startSite } from "./site.ts";

/** Whether the long form was asked for. */
export const IS_LONG = process.env["PREP_FAULTS"] === "long";

/** Options with which nothing is resized, so that no decoder starts: for faults that have nothing to do with one. */
export const UNRESIZED = ["--resize-mode", "no"];

/** A site, its list and a folder for outputs. */
export interface Job {
  readonly site: Site;
  readonly folder: string;
  /** The command that does the whole job into the output of this name. */
  args(output: string, ...more: readonly string[]): string[];
  output(name: string): string;
  /** An output whose plan is made and of which nothing is done, such as a cluster's tasks begin with. */
  plan(output: string, ...more: readonly string[]): Promise<string>;
  /** What is wrong with an output; one that is not finished is held to what must be true at every moment. */
  faults(output: string, isFinished?: boolean): Promise<string[]>;
  close(): Promise<void>;
}

/** Sizes of a job. */
export interface JobOptions extends SiteOptions {
  readonly shardRows: number;
  /** Whether what the run tells is heard: without `--quiet`. */
  readonly hasNotices?: boolean;
  /** Further options of `prep download`. */
  readonly options?: readonly string[];
}

/** Starts the site and writes the list. */
export async function openJob({ shardRows, options = [], hasNotices = false, ...siteOptions }: JobOptions): Promise<Job> {
  const folder = await mkdtemp(join(tmpdir(), "prep-faults-"));
  const site = await startSite(siteOptions);
  const list = await site.writeList(join(folder, "list.parquet"));
  const output = (name: string) => resolve(folder, name);
  const shape = ["--caption-col", "caption", "--output-format", "webdataset", "--number-sample-per-shard", String(shardRows)];
  const manners = ["--resize-mode", "keep_ratio", "--resize-only-if-bigger", "--skip-reencode", "--allow-private-network"];
  // A machine that is short of cores must not make a silent server of a slow one.
  const patience = ["--timeout", "60", "--total-timeout", "120"];
  const args = (name: string, ...more: readonly string[]) => [
    "download",
    list,
    "--output",
    output(name),
    ...shape,
    ...manners,
    ...patience,
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
      // The record of the start names the run once all is there that a worker needs.
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

/** Copies an output, so that a plan is made once for many faults. */
export async function copyOutput(job: Job, from: string, to: string): Promise<string> {
  await cp(job.output(from), job.output(to), { recursive: true });
  return job.output(to);
}

/** One task in a process of its own, as a cluster's engine starts it. */
export function startTask(output: string, task: number, env: Record<string, string> = {}) {
  return startPrep(["task", output, "--index", String(task)], { env });
}
