// Holds samples back while one option has refused every finished one.
import { isRefusal, type OutcomeCode } from "../../core/outcome.ts";
import type { AllRefused } from "../../engine/messages.ts";

/** If one option refused this many rows and nothing else ended, that is no accident. */
export const TRIAL_ROWS = 500;

/**
 * Lets `TRIAL_ROWS` samples begin. The others begin when one of these ends in another way, or when `open` is called. Refusals need no
 * network, so without the gate a worker would refuse thousands of rows before the run could stop.
 */
export class RefusalGate {
  readonly #isOnTrial: boolean;
  #isOpen: boolean;
  #begun = 0;
  #refused: AllRefused | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(isOnTrial: boolean) {
    this.#isOnTrial = isOnTrial;
    this.#isOpen = !isOnTrial;
  }

  /** How all finished samples were refused; `others` once the gate is open. Undefined without a trial, or before the first sample ended. */
  get refused(): AllRefused | "others" | undefined {
    return this.#isOnTrial && this.#isOpen ? "others" : this.#refused;
  }

  /** Resolves when a sample may begin. Throws the signal's reason when it aborts. */
  async admit(signal: AbortSignal): Promise<void> {
    if (this.#isOpen || this.#begun++ < TRIAL_ROWS) return;
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const open = () => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      const stop = () => {
        this.#waiting.delete(open);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", stop, { once: true });
      this.#waiting.add(open);
    });
  }

  /** Takes the outcome of a sample. */
  ended({ outcome, detail }: { readonly outcome: OutcomeCode; readonly detail?: string | undefined }): void {
    if (this.#isOpen) return;
    const soFar = this.#refused ?? { code: outcome, count: 0, detail };
    if (isRefusal(outcome) && outcome === soFar.code) this.#refused = { ...soFar, count: soFar.count + 1 };
    else this.open();
  }

  /** Lets all samples begin from now on. */
  open(): void {
    this.#isOpen = true;
    for (const admit of this.#waiting) admit();
    this.#waiting.clear();
  }
}
