// Writes a profile as one HTML page that needs no script and loads nothing.
import { formatBytes, formatCount, formatShare, plural } from "../../core/units.ts";
import { type Description, type ProfiledNumber, QUANTILES, type Share } from "../../run/describe.ts";
import { shortNumber } from "./profile-text.ts";

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;margin:.5rem 0}td,th{padding:.15rem .7rem;border-bottom:1px solid #ddd;text-align:left;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}figure{display:inline-block;margin:.5rem 1rem .5rem 0}
figcaption{font-weight:600}svg text{font:11px system-ui,sans-serif;fill:#555}rect{fill:#3b6ea5}.beware li{margin:.2rem 0}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}td,th{border-color:#444}svg text{fill:#aaa}rect{fill:#7aa7d9}}`;

/** Marks a page as made by prep, so that a later page may replace it. */
const MARK = '<meta name="generator" content="prep describe">';

/** Whether a file that begins with this text is such a page. */
export function isProfilePage(head: string): boolean {
  return head.includes(MARK);
}

/** The page. Everything from the metadata is escaped, and a content security policy forbids scripts and requests. */
export function profilePage(description: Description): string {
  const { rows, sampledRows, files, bytes, datasets, columns, numbers, hosts, languages, formats, distinctUrls, notices, resolution } =
    description;
  const title = `${datasets.join(", ") || "Metadata"}: ${plural(rows, "row")}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">${MARK}<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p>${plural(files, "file")}, ${formatBytes(bytes)}${distinctUrls === null ? "" : `, about ${formatCount(distinctUrls)} distinct URLs`}.
Counts of rows, NULLs and languages, and the bars of the plots, are exact; quantiles, distinct URLs and hosts are approximate.
${sampledRows < rows ? `Quantiles, hosts and extensions are estimated from ${plural(sampledRows, "row")} chosen at random.` : "The extensions are counted exactly."}</p>
${notices.length === 0 ? "" : `<h2>Beware</h2><ul class="beware">${notices.map((notice) => `<li>${escaped(notice)}</li>`).join("")}</ul>`}
<h2>Numbers</h2>
${numbers.map(plot).join("\n")}
${grid(
  ["", "values", "min", ...QUANTILES.map((share) => `~${share * 100} %`), "max"],
  numbers.map((number) => [
    number.name,
    formatCount(number.values),
    ...[number.minimum, ...number.quantiles, number.maximum].map(shortNumber),
  ]),
)}
${shareTable("Hosts (approximate)", hosts, rows)}${shareTable("Languages", languages, rows)}${shareTable("Extensions of the URLs", formats, rows)}
<h2>Columns</h2>
${grid(
  ["name", "type", "NULL"],
  columns.map(({ name, type, nulls }) => [name, type, nulls === 0 ? "" : formatShare(nulls, rows)]),
)}
<h2>Where the canonical columns come from</h2><pre>${escaped(resolution.join("\n"))}</pre>
</body></html>
`;
}

function shareTable(title: string, shares: readonly Share[], rows: number): string {
  if (shares.length === 0) return "";
  return `<h2>${title}</h2>\n${grid(
    ["", "rows", "share"],
    shares.map(({ value, count }) => [value, formatCount(count), formatShare(count, rows)]),
  )}\n`;
}

function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (texts: readonly string[], tag: "th" | "td") =>
    `<tr>${texts.map((text, column) => `<${tag}${column === 0 ? "" : ' class="n"'}>${escaped(text)}</${tag}>`).join("")}</tr>`;
  return `<table>${cells(head, "th")}${rows.map((row) => cells(row, "td")).join("")}</table>`;
}

const WIDTH = 420;
const HEIGHT = 120;

/** Draws a bar of equal width for each bin, from the first to the last that has rows. */
function plot({ name, bins, minimum, maximum }: ProfiledNumber): string {
  const [first] = bins;
  const last = bins.at(-1);
  if (!first || !last) return "";
  const most = Math.max(...bins.map(({ count }) => count));
  const bar = WIDTH / bins.length;
  const bars = bins.map(({ from, to, count }, index) => {
    const height = Math.max((count / most) * HEIGHT, 0.5);
    const says = `${shortNumber(from)} to ${shortNumber(to)}: ${formatCount(count)}`;
    return `<rect x="${(index * bar).toFixed(1)}" y="${(HEIGHT - height).toFixed(1)}" width="${Math.max(bar - 1, 0.5).toFixed(1)}" height="${height.toFixed(1)}"><title>${says}</title></rect>`;
  });
  const label = (x: number, anchor: string, value: number) =>
    `<text x="${x}" y="${HEIGHT + 14}" text-anchor="${anchor}">${shortNumber(value)}</text>`;
  const middle = Math.floor(bins.length / 2);
  return `<figure><figcaption>${escaped(name)}</figcaption><svg width="${WIDTH}" height="${HEIGHT + 20}" viewBox="0 0 ${WIDTH} ${HEIGHT + 20}" role="img" aria-label="histogram of ${escaped(name)}">
${bars.join("")}${label(0, "start", minimum ?? first.from)}${label(middle * bar, "middle", bins[middle]?.from ?? first.from)}${label(WIDTH, "end", maximum ?? last.to)}</svg></figure>`;
}

function escaped(text: string): string {
  const codes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => codes[character] ?? "");
}
