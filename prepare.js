// Builds dist for npm's `prepare`. A global install of a clone starts it before anything is installed, so it installs first what a build needs.
import { execSync } from "node:child_process";
import { existsSync } from "node:fs";

const environment = { ...process.env };
// What npm tells its scripts of a global install would make the one for the build global as well.
for (const name of Object.keys(environment)) if (/^npm_config_(global|prefix|local_prefix|location)$/i.test(name)) delete environment[name];

const isInstalled = existsSync(new URL("node_modules/.bin/tsc", import.meta.url));
// `npm ci` comes back here, with everything installed.
execSync(isInstalled ? "npm run build" : "npm ci --no-audit --no-fund", { cwd: import.meta.dirname, env: environment, stdio: "inherit" });
