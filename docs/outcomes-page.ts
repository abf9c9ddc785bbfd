// Writes docs/outcomes.md from the closed list of outcome codes.
import { DECIDED_BY, OUTCOMES, type OutcomeCode } from "../src/core/outcome.ts";
import { TRIAL_ROWS } from "../src/worker/refusals/refusal-gate.ts";

const CHAPTERS: readonly (readonly [string, (code: OutcomeCode) => boolean])[] = [
  ["Not downloaded", (code) => OUTCOMES[code].status === "failed_to_download"],
  ["Downloaded and not stored", (code) => OUTCOMES[code].status === "failed_to_resize"],
];

/** Options whose change may turn a failure into a success, as text; `no` if there are none. */
function whenChanged(code: OutcomeCode): string {
  const options = DECIDED_BY[code]?.map((option) => `\`--${option}\``);
  return options ? `with another ${options.join(" or ")}` : "no";
}

/** `docs/outcomes.md` as text. */
export function outcomesPage(): string {
  const codes = Object.keys(OUTCOMES) as OutcomeCode[];
  const chapters = CHAPTERS.flatMap(([title, belongs]) => [
    `## ${title}`,
    "",
    "| code | what happened | retryable | what to do |",
    "| --- | --- | --- | --- |",
    ...codes.filter(belongs).map((code) => {
      const { meaning, retryable, advice } = OUTCOMES[code];
      return `| \`${code}\` | ${meaning} | ${retryable ? "yes" : whenChanged(code)} | ${advice} |`;
    }),
    "",
  ]);
  return `${[
    "<!-- Written by npm run docs from src/core/outcome.ts. -->",
    "# What can become of a row",
    "",
    "For people who ask why a row was not packed, and what to do about it.",
    "",
    "Every input row is recorded once in the sidecar of its shard, with one of these codes in the column `outcome`. `detail` has the words of the server",
    "or the library, if there are any, and `http_status` the last status. `status` and `error_message` say the same in img2dataset's words. Codes are stable.",
    "",
    "A *retryable* failure may end otherwise at another time. `--retries` tries it again within a run, and `prep retry` later.",
    "",
    "A refusal by one of your own options is final as long as the option stays. The shard's record keeps the option's value in `decided_by`. If the value",
    "has changed, `prep retry`, `prep continue` and the same command do these rows again, and no others. A refusal never replaces a failure of a server: a row",
    "that timed out stays retryable.",
    "",
    `A run stops with exit code 6 if one option refuses all of its first ${TRIAL_ROWS} finished rows (all rows, if it has fewer). The error names the option.`,
    "The next start without that option goes on.",
    "",
    "`success`: the sample is in its shard.",
    "",
    ...chapters,
    "How often each occurred:",
    "",
    "```sql",
    "SELECT outcome, count(*) FROM 'out/*.parquet' GROUP BY ALL ORDER BY 2 DESC",
    "```",
  ].join("\n")}\n`;
}
