// The page of outcome codes, from the closed list itself.
import { DECIDED_BY, OUTCOMES, type OutcomeCode } from "../src/core/outcome.ts";

const CHAPTERS: readonly (readonly [string, (code: OutcomeCode) => boolean])[] = [
  ["Not downloaded", (code) => OUTCOMES[code].status === "failed_to_download"],
  ["Downloaded and not stored", (code) => OUTCOMES[code].status === "failed_to_resize"],
];

/** By which options' change a failure may end otherwise; no where by none. */
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
    "Every input row is recorded once in the parquet beside its shard, with one of these codes in the column `outcome`; `detail` has the server's or",
    "library's own words where there are some, `http_status` the last status. `status` and `error_message` are img2dataset's words for the same.",
    "Codes are stable. A retryable failure may end otherwise at another time: `--retries` tries it again within a run.",
    "",
    "What your own options decided is final for as long as they stay. The shard's record keeps their values in `decided_by`. When one of them has changed,",
    "`prep retry`, `prep continue` and the same command do these rows again, and no others. A refusal by your options never takes the place of what a server",
    "did before: a row that timed out stays one that may pass. A run whose first 500 finished rows (all, if it has fewer) are refused by one and the same",
    "option stops with exit code 6 and names that option; the next start without it takes you at your word and goes on.",
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
