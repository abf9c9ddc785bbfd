// The page of outcome codes, from the closed list itself.
import { OUTCOMES, type OutcomeCode } from "../src/core/outcome.ts";

const CHAPTERS: readonly (readonly [string, (code: OutcomeCode) => boolean])[] = [
  ["Not downloaded", (code) => OUTCOMES[code].status === "failed_to_download"],
  ["Downloaded and not stored", (code) => OUTCOMES[code].status === "failed_to_resize"],
];

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
      return `| \`${code}\` | ${meaning} | ${retryable ? "yes" : "no"} | ${advice} |`;
    }),
    "",
  ]);
  return `${[
    "<!-- Written by npm run docs from src/core/outcome.ts. -->",
    "# What can become of a row",
    "",
    "Every input row is recorded once in the parquet beside its shard, with one of these codes in the column `outcome`; `detail` has the server's or",
    "library's own words where there are some, `http_status` the last status. `status` and `error_message` are img2dataset's words for the same.",
    "Codes are stable. A retryable failure may end otherwise at another time: `--retries` tries it again within a run.",
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
