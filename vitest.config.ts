// The everyday tests: `npm test`.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.slow.test.ts", "test/faults/**"],
    // Every Node process reads these certificates, which takes 0.1 s; no test needs them.
    env: { NODE_EXTRA_CA_CERTS: "" },
    globalSetup: ["test/support/build-once.ts"],
    reporters: ["default", "./test/support/plain-line-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Loading modules anew for each file takes a fifth of the time. Tests restore what they change in the process.
    isolate: false,
  },
});
