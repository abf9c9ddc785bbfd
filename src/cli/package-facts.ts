// Where the package is installed, and what its package.json says.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The package's folder. */
export const PACKAGE_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/** The folder with the shipped queries. */
export const PACKAGE_QUERIES = fileURLToPath(new URL("../../queries/", import.meta.url));

/** The built program, started again for every worker. */
export const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

interface PackageFacts {
  readonly version: string;
  readonly bugs?: string | { readonly url?: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The version of prep. */
export function packageVersion(): string {
  return packageFacts().version;
}

/** Where defects are reported; undefined if package.json does not say. */
export function issuesAddress(): string | undefined {
  const { bugs } = packageFacts();
  return typeof bugs === "string" ? bugs : bugs?.url;
}

/** The version of undici: package.json pins it exactly, and it is bundled. */
export function undiciVersion(): string | undefined {
  return packageFacts().dependencies["undici"];
}

function packageFacts(): PackageFacts {
  return JSON.parse(readFileSync(`${PACKAGE_FOLDER}package.json`, "utf8")) as PackageFacts;
}
