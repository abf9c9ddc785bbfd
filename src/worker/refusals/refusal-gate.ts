// Holds samples back while one option has refused every finished one.
import { isRefusal, type OutcomeCode } from "../../core/outcome.ts";
import type { AllRefused } from "../../engine/messages.ts";

/** So many finished rows that one option refused are no accident. */
export const TRIAL_ROWS = 500;

/**
 * Lets `TRIAL_ROWS` samples begin, and the others when one of them ends otherwise than refused, is refused for another reason, or
 * somebody opens the gate. Refusals need no network, so a worker without it would have done thousands of rows before anybody heard.
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

  /** What all ended samples have in common, `others` when the gate has opened; undefined before the first has ended and without a trial. */
  get refused(): AllRefused | "others" | undefined {
    return this.#isOnTrial && this.#isOpen ? "others" : this.#refused;
  }

  /** Waits for the leave to begin a sample; rejects with the signal's reason when it aborts. */
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

  /** Takes note of a sample's end. */
  ended({ outcome, detail }: { readonly outcome: OutcomeCode; readonly detail?: string | undefined }): void {
    if (this.#isOpen) return;
    const soFar = this.#refused ?? { code: outcome, count: 0, detail };
    if (isRefusal(outcome) && outcome === soFar.code) this.#refused = { ...soFar, count: soFar.count + 1 };
    else this.open();
  }

  /** Lets all samples begin, from now on. */
  open(): void {
    this.#isOpen = true;
    for (const admit of this.#waiting) admit();
    this.#waiting.clear();
  }
}
