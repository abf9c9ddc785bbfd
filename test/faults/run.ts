// Runs the fault tests: `npm run test:faults [-- --long] [FILE...]`.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

// The long form has a thousand kills and a million URLs.
const words = process.argv.slice(2);
const isLong = words.includes("--long");
const root = fileURLToPath(new URL("../../", import.meta.url));
const files = words.filter((word) => word !== "--long");
const { status } = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "-c", "vitest.faults.config.ts", ...files], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, PREP_FAULTS: isLong ? "long" : "short" },
});
process.exitCode = status ?? 1;
