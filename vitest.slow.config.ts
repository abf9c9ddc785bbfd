import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.slow.test.ts"],
    // Nothing here asks a server that they are for, and Node reads them anew in each of thousands of processes, 0.1 s each.
    env: { NODE_EXTRA_CA_CERTS: "" },
    globalSetup: ["test/support/build-once.ts"],
    reporters: ["default", "./test/support/plain-line-reporter.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Each file waits for processes of its own half of the time.
    maxWorkers: 2,
  },
});
