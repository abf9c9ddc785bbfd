// The table of a sidecar's columns in docs/formats.md, from the list of columns.
import { SIDECAR_COLUMNS } from "../src/manifest/sidecar-columns.ts";

/** The page with the table as the code has it now. */
export function withSidecarColumns(page: string): string {
  const rows = SIDECAR_COLUMNS.map(
    ({ name, type, isPeers, meaning }) => `| \`${name}\` | ${type} | ${isPeers ? "yes" : "no"} | ${meaning} |`,
  );
  const table = ["| column | type | in img2dataset | meaning |", "|---|---|---|---|", ...rows].join("\n");
  return page.replace(
    /(<!-- sidecar columns -->\n)[\s\S]*?(<!-- \/sidecar columns -->)/,
    (_, before: string, after: string) => `${before}${table}\n${after}`,
  );
}
