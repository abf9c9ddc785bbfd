// Benches: makes a Python virtual environment with one exact version of a peer in it, once.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

/** Which peer to install. */
export interface PeerPackage {
  /** The environment's folder. */
  readonly directory: string;
  /** Name in the package index. */
  readonly name: string;
  readonly version: string;
  /** Commands to try as the Python that makes the environment, best first. */
  readonly pythons: readonly string[];
  /** pyenv's name of the version wanted, for commands that are its shims. */
  readonly pyenvVersion?: string;
  /** Whether a Python of this version (such as "3.12") will do. */
  readonly accepts?: (version: string) => boolean;
}

/** Returns the environment's Python, installing what is missing from the normal package index; undefined, and says why, where that fails. */
export async function ensurePeer(peer: PeerPackage): Promise<string | undefined> {
  const python = join(peer.directory, "bin", "python");
  if (existsSync(python) && installedVersion(python, peer.name) === peer.version) return python;
  const maker = peer.pythons.find((command) => {
    const version = pythonVersion(command, peer);
    return version !== undefined && (peer.accepts?.(version) ?? true);
  });
  if (maker === undefined) {
    console.log(`${peer.name} does not run: none of ${peer.pythons.join(", ")} is a Python that it works with`);
    return undefined;
  }
  console.log(`installing ${peer.name} ${peer.version} into ${peer.directory} (once)`);
  try {
    await rm(peer.directory, { recursive: true, force: true });
    execFileSync(maker, ["-m", "venv", peer.directory], { env: environment(peer), stdio: ["ignore", "ignore", "pipe"] });
    const requirement = `${peer.name}==${peer.version}`;
    execFileSync(python, ["-m", "pip", "install", "--quiet", requirement], { stdio: ["ignore", "ignore", "pipe"] });
    return python;
  } catch (error) {
    console.log(`${peer.name} does not run, because installing it failed: ${lastLines(error)}`);
    return undefined;
  }
}

/** First line that a command prints, for the record of what ran; undefined where it does not run. */
export function versionOf(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n")[0];
  } catch {
    return undefined;
  }
}

function environment(peer: PeerPackage): NodeJS.ProcessEnv {
  return peer.pyenvVersion === undefined ? process.env : { ...process.env, PYENV_VERSION: peer.pyenvVersion };
}

function pythonVersion(command: string, peer: PeerPackage): string | undefined {
  const script = "import sys; print('%d.%d' % sys.version_info[:2])";
  try {
    return execFileSync(command, ["-c", script], { env: environment(peer), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

function installedVersion(python: string, name: string): string | undefined {
  return versionOf(python, ["-c", `import importlib.metadata as m; print(m.version(${JSON.stringify(name)}))`]);
}

function lastLines(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return text.trim().split("\n").slice(-3).join(" / ");
}
