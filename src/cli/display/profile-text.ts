// Writes a profile as lines for the terminal.
import { formatBytes, formatCount, formatShare, plural } from "../../core/units.ts";
import { type Description, QUANTILES, type Share } from "../../run/describe.ts";
import { fitted, widthOf } from "../shell/cell-text.ts";

/** The profile as lines. Approximate values have a `~`. */
export function profileLines(description: Description): string[] {
  const { rows, sampledRows, files, bytes, columns, numbers, hosts, languages, formats, distinctUrls, notices, resolution } = description;
  return [
    `${plural(rows, "row")}, ${plural(files, "file")}, ${formatBytes(bytes)}`,
    ...(sampledRows < rows ? [`values with ~ are estimated from ${plural(sampledRows, "row")} chosen at random`] : []),
    ...(distinctUrls === null ? [] : [`~${formatCount(distinctUrls)} distinct URLs`]),
    "",
    ...resolution.map(printable),
    ...section("beware", notices.map(printable)),
    ...section(
      "columns",
      table(
        columns.map(({ name, type, nulls }) => [printable(name), printable(type), nulls === 0 ? "" : `${formatShare(nulls, rows)} NULL`]),
      ),
    ),
    ...section(
      "numbers (quantiles are approximate)",
      numbers.length === 0
        ? []
        : table([
            ["", "min", ...QUANTILES.map((share) => `~${share * 100} %`), "max"],
            ...numbers.map(({ name, minimum, maximum, quantiles }) => [name, ...[minimum, ...quantiles, maximum].map(shortNumber)]),
          ]),
    ),
    ...section("hosts (names and counts are approximate)", shares(hosts, rows, "~")),
    ...section("languages", shares(languages.slice(0, 20), rows, "")),
    ...section("extensions of the URLs", shares(formats, rows, sampledRows < rows ? "~" : "")),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function shares(values: readonly Share[], rows: number, mark: string): string[] {
  return table(values.map(({ value, count }) => [printable(value), `${mark}${formatCount(count)}`, `${mark}${formatShare(count, rows)}`]));
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => widthOf(cells[column] ?? ""))));
  return rows.map((cells) =>
    cells
      .map((cell, column) => fitted(cell, widths[column] ?? 0, column > 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Whole numbers in full, others with three digits. */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  return Number.isInteger(value)
    ? formatCount(value)
    : Math.abs(value) >= 1000
      ? formatCount(Math.round(value))
      : String(Number(value.toPrecision(3)));
}

/** The text with control characters as codes: names and values come from strangers' files and could command the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
