// The process edge: where the package lies and which version it is.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The package's folder. */
export const PACKAGE_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/** The folder with the shipped queries. */
export const PACKAGE_QUERIES = fileURLToPath(new URL("../../queries/", import.meta.url));

/** The built program, started again for every worker. */
export const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** The version in package.json. */
export function packageVersion(): string {
  const facts = JSON.parse(readFileSync(`${PACKAGE_FOLDER}package.json`, "utf8")) as { version: string };
  return facts.version;
}
