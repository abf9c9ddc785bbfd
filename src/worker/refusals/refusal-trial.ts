// Ends a run whose first rows were all refused by one option.

import { QualityError } from "../../core/errors.ts";
import { DECIDED_BY, type DecidingOption, isRefusal, OUTCOMES, type OutcomeCode } from "../../core/outcome.ts";
import { formatCount } from "../../core/units.ts";
import type { AllRefused, FromWorker } from "../../engine/messages.ts";
import type { RefusedOnce } from "../../job/config.ts";
import type { DecidingValues } from "../../manifest/shard-record.ts";
import { continueCommand } from "../../output/records/start-record.ts";
import { TRIAL_ROWS } from "./refusal-gate.ts";

type Outcomes = Readonly<Partial<Record<OutcomeCode, number>>>;

/** The one refusal that all of these rows have as outcome; undefined if there are no rows, or if one ended in another way. */
export function allRefused(outcomes: Outcomes): AllRefused | undefined {
  const [first, ...others] = (Object.entries(outcomes) as [OutcomeCode, number][]).filter(([, count]) => count > 0);
  return first && others.length === 0 && isRefusal(first[0]) ? { code: first[0], count: first[1] } : undefined;
}

/** Decides from the first rows of all workers whether the run stops. */
export class RefusalTrial {
  readonly #before: AllRefused | undefined;
  readonly #workers = new Map<number, AllRefused>();
  #isOver = false;
  #verdict: AllRefused | undefined;

  /** `before` are rows that earlier starts finished, all refused for one reason. */
  constructor(before: AllRefused | undefined) {
    this.#before = before;
  }

  /** The rows that stopped the run. */
  get verdict(): AllRefused | undefined {
    return this.#verdict;
  }

  /** Takes the progress of a worker. Returns the rows that stop the run, or `proceed` if the worker may begin all its samples. */
  hear(message: FromWorker & { kind: "progress" }, worker: number): AllRefused | "proceed" | undefined {
    const { refused } = message;
    if (refused === undefined) return undefined;
    if (refused === "others") {
      this.#isOver = true;
      return undefined;
    }
    this.#workers.set(worker, refused);
    const all = [...this.#workers.values(), ...(this.#before ? [this.#before] : [])];
    this.#isOver ||= all.some(({ code }) => code !== refused.code);
    if (this.#isOver) return "proceed";
    const count = all.reduce((sum, one) => sum + one.count, 0);
    if (count >= TRIAL_ROWS) this.#verdict = { ...refused, count };
    return this.#verdict;
  }
}

/** Whether an earlier start of the run was stopped with the same option values. Starting again means to accept the refusals. */
export function isAccepted(once: RefusedOnce | undefined, run: string, now: DecidingValues): boolean {
  return once?.run === run && Object.entries(once.decided_by).every(([option, value]) => now[option as DecidingOption] === value);
}

/** The note of this stop for the next start. */
export function refusedOnce({ code }: AllRefused, run: string, now: DecidingValues): RefusedOnce {
  const options = DECIDED_BY[code as OutcomeCode] ?? [];
  return { run, code, decided_by: Object.fromEntries(options.map((option) => [option, now[option]])) };
}

/** The error that stops the run. It says which option refused the rows, and how to continue with them or without. */
export function refusalError(output: string, { code, count, detail }: AllRefused): QualityError {
  const outcome = code as OutcomeCode;
  const example = exampleOf(DECIDED_BY[outcome]?.[0], detail);
  const more = detail === undefined ? "" : ` (${detail})`;
  const again = continueCommand(output);
  return new QualityError(
    `the first ${formatCount(count)} finished rows all failed as ${code}${more}: ${OUTCOMES[outcome].meaning}`,
    `To take these rows, start ${again} ${example}. To keep them as failed and go on, start ${again}.`,
  );
}

function exampleOf(option: DecidingOption | undefined, detail: string | undefined): string {
  switch (option) {
    case "allow-port":
      return `--allow-port ${/^port (\d+)$/.exec(detail ?? "")?.[1] ?? "PORT"}`;
    case "robots":
      return "--robots ignore";
    case "block-list":
      return "--block-list FILE";
    case "disallowed-header-directives":
      return "--disallowed-header-directives '[]'";
    case "allow-private-network":
    case "ignore-tdm-reservation":
      return `--${option}`;
    default:
      return `--${option} N`;
  }
}
