// The slow tests: `npm run test:slow`.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.slow.test.ts"],
    // Every Node process reads these certificates, which takes 0.1 s; no test needs them.
    env: { NODE_EXTRA_CA_CERTS: "" },
    globalSetup: ["test/support/build-once.ts"],
    reporters: ["default", "./test/support/plain-line-reporter.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Each file spends half of its time waiting for processes.
    maxWorkers: 2,
  },
});
