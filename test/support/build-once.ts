// Black-box tests start bin/prep.js, so the sources are built once before any test runs.
import { execFileSync } from "node:child_process";

export default function buildOnce(): void {
  if (process.env["PREP_SKIP_BUILD"]) return;
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
}
