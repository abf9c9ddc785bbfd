// Names the process that a file belongs to, so that others can ask whether it is alive.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { bootId } from "./boot.ts";

/** Stands for the boot if the system does not tell it; then the machine's name alone identifies the kernel. */
const NO_BOOT = "none";

const TOKEN = randomBytes(6).toString("hex");
const OWNER = /^[^.]+\.([\w-]+)\.([0-9a-f]{12}|none)\.([0-9a-f]{12})(?:\.|$)/;
/** Older versions named the process by its number, which says nothing across containers. */
const OLD_OWNER = /^[^.]+\.([\w-]+)\.\d+\.(?:[0-9a-f]{12}|new)(?:\.|$)/;

/** `MACHINE.BOOT.TOKEN`: follows the subject in the names of files that this process writes. No other process has it. */
export function ownProcess(): string {
  return `${machineName()}.${bootName()}.${TOKEN}`;
}

/** Names the kernel of this process. Processes on one kernel see each other's locks. */
export function kernelName(): string {
  return bootName() === NO_BOOT ? machineName() : bootName();
}

/** A process, as the names of its files identify it. */
export interface FileOwner {
  readonly machine: string;
  /** Undefined in names of older versions. */
  readonly lock: { readonly boot: string; readonly token: string } | undefined;
}

/** The process that a file or folder belongs to; undefined if the name has none. */
export function ownerOf(name: string): FileOwner | undefined {
  const [, machine = "", boot = "", token = ""] = OWNER.exec(name) ?? [];
  if (token !== "") return { machine, lock: { boot, token } };
  const old = OLD_OWNER.exec(name)?.[1];
  return old === undefined ? undefined : { machine: old, lock: undefined };
}

/** Whether the process ran on this machine or in a container on it, so that its lock can be checked. */
export function isLocal(owner: FileOwner): boolean {
  return owner.machine === machineName() || isSameKernel(owner);
}

/** Whether the process ran on this kernel since its last start. */
export function isSameKernel({ machine, lock }: FileOwner): boolean {
  return lock?.boot === NO_BOOT ? machine === machineName() : lock?.boot === bootName();
}

let boot: string | undefined;

/** The first 48 bits of the boot's identifier. */
function bootName(): string {
  boot ??= bootId()?.replaceAll("-", "").slice(0, 12) ?? NO_BOOT;
  return boot;
}

/** The host name without dots, at which names are split. */
function machineName(): string {
  return hostname().replace(/[^\w-]/g, "_");
}
