// Mounts small disks for tests, where root may mount.
import { execFileSync } from "node:child_process";

/** Calls `mount` with these arguments. */
export function mount(...args: string[]): void {
  execFileSync("mount", args, { stdio: "ignore" });
}

/** Whether this process may mount; prints a notice when it may not, because tests are skipped then. */
export function canMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/tmp"], { stdio: "ignore" });
    if (process.getuid?.() === 0) return true;
  } catch {
    // The notice below reports it.
  }
  console.warn("SKIPPED: tests on a small disk need root and the permission to mount");
  return false;
}
