// Keeps a worker's heap small by collecting garbage sooner.
import { setFlagsFromString } from "node:v8";

/**
 * V8 lets a heap grow to four times its live objects before a full collection. In a worker, 45 MB were live and 120 MB were kept.
 * At twice the live objects a worker takes 245 MB instead of 305, and with https to many hosts 305 MB instead of 370, without
 * measurably more CPU. At 1.4 times, collecting took a third more of the worker's CPU.
 */
const HEAP_GROWING_PERCENT = 100;

/** Makes V8 of this process collect when the heap has grown by this much since the last collection. */
export function collectSooner(): void {
  // Set here, not on the command line: a Node that does not know the flag would not start, but here it only warns.
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
}
