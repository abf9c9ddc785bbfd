// Turns errors of the system into errors that tell a user what to do.
import { OutputError } from "../core/errors.ts";

/** The `code` of a system error, such as `ENOENT`; every store throws errors with these codes. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** The run's error for a system error met while writing; anything else is returned unchanged. */
export function asOutputError(error: unknown, doing: string): unknown {
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new OutputError(`the disk is full while ${doing}`, "Free space and start the same command again: what is committed stays.", {
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new OutputError(
      `no permission while ${doing}: ${(error as Error).message}`,
      "Choose an output folder that you can write to, or start it as the user whose folder this is.",
      {
        cause: error,
      },
    );
  }
  if (code === "EMFILE" || code === "ENFILE") {
    return new OutputError(
      `too many files are open while ${doing}`,
      "Raise the limit (ulimit -n), or lower --thread-count, then start the same command again: what is committed stays.",
      { cause: error },
    );
  }
  if (code === "EISDIR" || code === "ENOTDIR") {
    return new OutputError(
      `a folder stands where a file belongs, or a file where a folder does, while ${doing}: ${(error as Error).message}`,
      "Move it away, then start the same command again.",
      { cause: error },
    );
  }
  if (code === "EIO" || code === "ESTALE") {
    return new OutputError(
      `the disk failed while ${doing}: ${(error as Error).message}`,
      "Check the disk, then start the same command again.",
      { cause: error },
    );
  }
  return error;
}

/** The run's error for a file in work that is not there any more, once it is known to be none of the inputs; anything else is returned unchanged. */
export function asRemovedError(error: unknown, doing: string): unknown {
  if (errorCode(error) !== "ENOENT") return error;
  return new OutputError(
    `a file was removed while ${doing}: ${(error as Error).message}`,
    "Let nobody remove what a run is writing (_prep in its output), then start the same command again: what is committed stays.",
    { cause: error },
  );
}

/** The error for an output folder that was there and is not any more. */
export function goneError(output: string): OutputError {
  return new OutputError(
    `the output folder ${output} is gone`,
    "Bring it back (was a disk taken away?), then start the same command again: what is committed stays.",
  );
}
