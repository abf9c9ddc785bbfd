import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.slow.test.ts", "test/faults/**"],
    // Nothing here asks a server that they are for, and Node reads them anew in each of thousands of processes, 0.1 s each.
    env: { NODE_EXTRA_CA_CERTS: "" },
    globalSetup: ["test/support/build-once.ts"],
    reporters: ["default", "./test/support/plain-line-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Loading the same modules again for each of a hundred files took a fifth of the time; what a test changes of the process it puts back.
    isolate: false,
  },
});
