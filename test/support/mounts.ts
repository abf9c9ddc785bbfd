// Small real disks for tests; only root may mount, and not in every container.
import { execFileSync } from "node:child_process";

/** Calls mount. */
export function mount(...args: string[]): void {
  execFileSync("mount", args, { stdio: "ignore" });
}

/** Whether mounting is permitted here; says so where it is not, since tests are then left out. */
export function canMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/tmp"], { stdio: "ignore" });
    if (process.getuid?.() === 0) return true;
  } catch {
    // Said below.
  }
  console.warn("SKIPPED: tests on a small disk need root and the permission to mount");
  return false;
}
