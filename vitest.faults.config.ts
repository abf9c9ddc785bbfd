// The fault tests: `npm run test:faults`.
import { defineConfig } from "vitest/config";

const isLong = process.env["PREP_FAULTS"] === "long";

export default defineConfig({
  test: {
    include: ["test/faults/**/*.test.ts"],
    // Every Node process reads these certificates, which takes 0.1 s; no test needs them.
    env: { NODE_EXTRA_CA_CERTS: "" },
    globalSetup: ["test/support/build-once.ts"],
    reporters: ["default", "./test/support/plain-line-reporter.ts"],
    testTimeout: isLong ? 24 * 3_600_000 : 900_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
});
