// Ends a test run with plain lines for log readers: failures, then "N passed, N failed".
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class PlainLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const failures = errors.map((error) => describe("outside any test", error));
    let passed = 0;
    let skipped = 0;
    for (const module of modules) {
      // A file that cannot be loaded has no tests that could fail.
      const [broken] = module.errors();
      if (broken) failures.push(describe(module.relativeModuleId, broken));
      for (const test of module.children.allTests()) {
        const { state, errors: [error] = [] } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "failed") failures.push(describe(`${module.relativeModuleId} > ${test.fullName}`, error));
        else skipped += 1;
      }
    }
    for (const failure of failures) console.log(failure);
    console.log(`${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  }
}

function describe(what: string, error: Pick<SerializedError, "message"> | undefined): string {
  return `FAILED ${what}: ${error?.message.slice(0, 300).replaceAll("\n", " ") ?? "no message"}`;
}
