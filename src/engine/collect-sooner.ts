// Keeps a worker's heap small by collecting garbage sooner.
import { setFlagsFromString } from "node:v8";

/**
 * V8 lets a heap grow to four times what lives in it before it collects all of it. In a worker 45 MB live and 120 MB were kept.
 * At twice, a worker is 245 MB large instead of 305, over https to many hosts 305 instead of 370, for no more CPU than varies
 * from run to run; at 1.4 times collecting took a third more of the worker's CPU.
 */
const HEAP_GROWING_PERCENT = 100;

/** Makes V8 collect when the heap is this much larger than what lived after the last time. For the process that calls it. */
export function collectSooner(): void {
  // Not among the process's arguments: a Node that does not know the flag would not start, here it says a line and goes on.
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
}
