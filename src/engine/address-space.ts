// Lets processes download under a limited address space (ulimit -v), as on clusters.
//
// undici's parser is WebAssembly. For its memory V8 reserves 10 GB of addresses, so that the processor checks its bounds, and
// Node itself has a second one. If they cannot be reserved, the process ends. With this flag the checks are compiled into the code.
import { OutputError } from "../core/errors.ts";
import { processLimit } from "../core/process-limits.ts";

const ADDRESSES = "Max address space";
const FLAG = "--disable-wasm-trap-handler";

/** What two such memories and everything else need. */
const MIN_BYTES = 24 * 2 ** 30;

/** Node flags for a process that downloads; none without a limit. */
export function addressSpaceFlags(): string[] {
  return processLimit(ADDRESSES) === undefined ? [] : [FLAG];
}

/** Throws OutputError if this process, which was started with these NODE_OPTIONS, cannot download. */
export function insistOnAddressSpace(nodeOptions = ""): void {
  const limit = processLimit(ADDRESSES);
  const hasFlag = [...process.execArgv, nodeOptions].join(" ").includes(FLAG);
  if (limit === undefined || limit >= MIN_BYTES || hasFlag) return;
  throw new OutputError(
    `a process may have ${(limit / 2 ** 30).toFixed(1)} GiB of addresses here, and Node wants ${MIN_BYTES / 2 ** 30} to download with`,
    `Raise the limit with ulimit -v unlimited, or set NODE_OPTIONS=${FLAG}, which does without.`,
  );
}
