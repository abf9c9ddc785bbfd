// Refuses inputs that lie where the output's own files go, by real paths.
import { join } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { isRemote } from "../../metadata/find/remote.ts";
import { storeAt } from "../../store/store-at.ts";
import { inputPath } from "../plans/download-plan.ts";

/** Whether a place in an output is one that the run writes to; `top` is the first part of the place. */
export type IsTaken = (top: string, place: string) => boolean;

/** Throws OutputError if one of these files, by paths as plans keep them, lies at a place that is taken. */
export async function refuseInputsAt(output: string, paths: readonly string[], isTaken: IsTaken): Promise<void> {
  const placesOf = await storeAt(output).places();
  for (const path of paths) {
    for (const place of isRemote(path) ? [] : await placesOf(inputPath(output, path))) {
      const [top = ""] = place.split("/");
      if (isTaken(top, place)) throw ownInputError(output, place);
    }
  }
}

function ownInputError(output: string, place: string): OutputError {
  return new OutputError(
    `${join(output, place)} is the input, and this run would overwrite it`,
    "Copy it elsewhere, or name another --output.",
  );
}
