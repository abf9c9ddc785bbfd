// Makes a Python virtual environment with one exact version of a peer, once.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

/** A peer to install. */
export interface PeerPackage {
  /** The environment's folder. */
  readonly directory: string;
  /** Name in the package index. */
  readonly name: string;
  readonly version: string;
  /** Python commands to try for making the environment, best first. */
  readonly pythons: readonly string[];
  /** Accepted versions, such as "3.12", best first; pyenv is asked for them too. Any version if left out. */
  readonly versions?: readonly string[];
}

/** A command, and the version that pyenv's shims are told to start. */
interface Maker {
  readonly command: string;
  readonly pyenvVersion?: string;
}

/** Returns the environment's Python and installs what is missing from the normal package index. If that fails, prints why and returns undefined. */
export async function ensurePeer(peer: PeerPackage): Promise<string | undefined> {
  const python = join(peer.directory, "bin", "python");
  if (existsSync(python) && installedVersion(python, peer.name) === peer.version) return python;
  const maker = findMaker(peer);
  if (maker === undefined) {
    const wanted = peer.versions === undefined ? "" : ` (${peer.versions.join(" or ")})`;
    console.log(`${peer.name} does not run: none of ${peer.pythons.join(", ")} is a Python that it works with${wanted}`);
    return undefined;
  }
  console.log(`installing ${peer.name} ${peer.version} into ${peer.directory} (once)`);
  try {
    await rm(peer.directory, { recursive: true, force: true });
    execFileSync(maker.command, ["-m", "venv", peer.directory], { env: environment(maker), stdio: ["ignore", "ignore", "pipe"] });
    const requirement = `${peer.name}==${peer.version}`;
    execFileSync(python, ["-m", "pip", "install", "--quiet", requirement], { stdio: ["ignore", "ignore", "pipe"] });
    return python;
  } catch (error) {
    console.log(`${peer.name} does not run, because installing it failed: ${lastLines(error)}`);
    return undefined;
  }
}

/** The first line that a command prints; undefined if it does not run. */
export function versionOf(command: string, args: readonly string[]): string | undefined {
  return outputOf(command, args)?.split("\n")[0];
}

function outputOf(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string | undefined {
  try {
    return execFileSync(command, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

function findMaker(peer: PeerPackage): Maker | undefined {
  const installed = (outputOf("pyenv", ["versions", "--bare"]) ?? "").split("\n").map((line) => line.trim());
  const makers = (version: string): Maker[] => [
    ...peer.pythons.map((command) => ({ command })),
    ...installed.filter((name) => name.startsWith(`${version}.`)).map((pyenvVersion) => ({ command: "python3", pyenvVersion })),
  ];
  if (peer.versions === undefined) return makers("3").find((maker) => pythonVersion(maker) !== undefined);
  for (const version of peer.versions) {
    const maker = makers(version).find((candidate) => pythonVersion(candidate) === version);
    if (maker) return maker;
  }
  return undefined;
}

function environment({ pyenvVersion }: Maker): NodeJS.ProcessEnv {
  return pyenvVersion === undefined ? process.env : { ...process.env, PYENV_VERSION: pyenvVersion };
}

function pythonVersion(maker: Maker): string | undefined {
  return outputOf(maker.command, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], environment(maker))?.trim();
}

function installedVersion(python: string, name: string): string | undefined {
  return versionOf(python, ["-c", `import importlib.metadata as m; print(m.version(${JSON.stringify(name)}))`]);
}

function lastLines(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return text.trim().split("\n").slice(-3).join(" / ");
}
