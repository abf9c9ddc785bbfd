// Builds dist once before a test run, because tests start bin/prep.js.
import { execFileSync } from "node:child_process";

export default function buildOnce(): void {
  if (process.env["PREP_SKIP_BUILD"]) return;
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
}
