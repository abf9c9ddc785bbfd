// `npm run test:faults [-- --long] [FILE...]`: the fault tests in their short form, or with a thousand kills and a million URLs.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

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
