// Opens the output of a verb: refuses what must be refused, once, before anything is written.
import { OutputError } from "../core/errors.ts";
import { plural } from "../core/units.ts";
import { storeAt } from "../store/store-at.ts";
import { finishOverwrite } from "./finish-overwrite.ts";
import { noOutput, refuseFileAsOutput } from "./names/output-folder.ts";
import { isLikeShard, isOfRun, isOfSelection, namesIn, refuseNames, SUMMARIES } from "./names/output-names.ts";
import { refuseForeignPrep } from "./names/refuse-foreign.ts";
import { type IsTaken, refuseInputsAt } from "./names/refuse-inputs.ts";
import { readPlans } from "./plans/download-plan.ts";
import { recordedShards } from "./records/committed-shards.ts";

/** Parts of a whole job's configuration that decide which outputs it refuses. */
export interface WholeJob {
  /** Digits of a shard's number. */
  readonly shardDigits: number;
  /** Paths of block lists. */
  readonly blockLists: readonly string[];
}

/**
 * An output that a verb may work on. Only the functions of this class make one, so code that has one need not check again: the path is a
 * folder or free, an overwrite that was cut short is finished, and, unless it is opened to continue, `_prep` belongs to prep.
 */
export class OpenOutput {
  /** The folder, as the user named it. */
  readonly path: string;
  /** Whether the verb writes to a place in the output. No input may lie at such a place. */
  readonly isTaken: IsTaken;
  #folder: Promise<void> | undefined;

  private constructor(path: string, isTaken: IsTaken) {
    this.path = path;
    this.isTaken = isTaken;
  }

  /** Opens an output for stage one alone. Throws OutputError. */
  static async forFilter(path: string): Promise<OpenOutput> {
    return await OpenOutput.#open(path);
  }

  /** Opens an output for stage two alone. Throws OutputError. Its inputs are checked later, when they are known. */
  static async forDownload(path: string): Promise<OpenOutput> {
    return await OpenOutput.#open(path);
  }

  /** Opens an output for the whole job. Throws OutputError, also if stage two would be refused after hours of stage one. */
  static async forRun(path: string, job: WholeJob): Promise<OpenOutput> {
    return await (await OpenOutput.#open(path)).withRun(job);
  }

  /**
   * Opens an output that exists. Throws OutputError if there is no folder. `_prep`, or a folder in it, may be a
   * link to another disk. A foreign `_prep` holds no record of a start, so the caller finds nothing to continue.
   */
  static async toContinue(path: string): Promise<OpenOutput> {
    if (!(await storeAt(path).isFolder())) throw noOutput(path);
    await finishOverwrite(path);
    return new OpenOutput(path, isOfSelection);
  }

  static async #open(path: string): Promise<OpenOutput> {
    await refuseFileAsOutput(path);
    // Before finishOverwrite, which must not move anything in a `_prep` that is not prep's.
    await refuseForeignPrep(path);
    await finishOverwrite(path);
    return new OpenOutput(path, isOfSelection);
  }

  /** Opens this output also for the whole job, because its records say that a whole job was started. Throws OutputError. */
  async withRun({ shardDigits, blockLists }: WholeJob): Promise<OpenOutput> {
    await refuseForeignOutput(this.path, shardDigits);
    const isTaken = isOfRun(shardDigits);
    await refuseInputsAt(this.path, blockLists, isTaken);
    return new OpenOutput(this.path, isTaken);
  }

  /** Makes the folder and checks that it can be written to, at the first call. Call it when no refusal is left. Throws OutputError. */
  async makeFolder(): Promise<void> {
    this.#folder ??= storeAt(this.path).makeWritable();
    await this.#folder;
  }
}

/** Throws OutputError if the first run of an output would be refused, whatever is selected. */
async function refuseForeignOutput(output: string, shardDigits: number): Promise<void> {
  const names = await namesIn(output);
  const plans = await readPlans(output);
  if (plans.length > 0) return;
  const recorded = await recordedShards(output, plans);
  if (recorded.length > 0) throw foreignShards(output, recorded);
  refuseNames(
    output,
    names.filter((name) => SUMMARIES.has(name) || isLikeShard(name, shardDigits)),
  );
}

/** The refusal of an output with shards that are in no plan. */
export function foreignShards(output: string, recorded: readonly number[]): OutputError {
  return new OutputError(
    `${output} holds ${plural(recorded.length, "shard")} that no plan of prep belongs to (img2dataset writes such folders)`,
    "Name another --output; prep download --incremental-mode extend appends a run to it, overwrite takes its place.",
  );
}
