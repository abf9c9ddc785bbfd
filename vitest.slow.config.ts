import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/slow/**/*.test.ts", "test/**/*.slow.test.ts"],
    globalSetup: ["test/support/build-once.ts"],
    reporters: ["default", "./test/support/plain-line-reporter.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
