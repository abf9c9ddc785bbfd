// Names the process that a file belongs to, so that others can ask whether it is alive.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { bootId } from "./boot.ts";

/** Where the system does not tell its boot, the machine's name alone says which kernel it is. */
const NO_BOOT = "none";

const TOKEN = randomBytes(6).toString("hex");
const OWNER = /^[^.]+\.([\w-]+)\.([0-9a-f]{12}|none)\.([0-9a-f]{12})(?:\.|$)/;
/** Of versions that named the process by its number, which says nothing across containers. */
const OLD_OWNER = /^[^.]+\.([\w-]+)\.\d+\.(?:[0-9a-f]{12}|new)(?:\.|$)/;

/** `MACHINE.BOOT.TOKEN`, which follows the subject in the names of what this process writes; another process never has it. */
export function ownProcess(): string {
  return `${machineName()}.${bootName()}.${TOKEN}`;
}

/** Names the kernel that this process runs on: processes that share it see each other's locks. */
export function kernelName(): string {
  return bootName() === NO_BOOT ? machineName() : bootName();
}

/** A process, as the names of its files tell. */
export interface FileOwner {
  readonly machine: string;
  /** Undefined in names that older versions gave. */
  readonly lock: { readonly boot: string; readonly token: string } | undefined;
}

/** Whose file or folder this is; undefined where the name is none of ours. */
export function ownerOf(name: string): FileOwner | undefined {
  const [, machine = "", boot = "", token = ""] = OWNER.exec(name) ?? [];
  if (token !== "") return { machine, lock: { boot, token } };
  const old = OLD_OWNER.exec(name)?.[1];
  return old === undefined ? undefined : { machine: old, lock: undefined };
}

/** Whether a process of this machine, or of a container on it, wrote it, so that its lock can be asked. */
export function isLocal(owner: FileOwner): boolean {
  return owner.machine === machineName() || isSameKernel(owner);
}

/** Whether the process runs, or ran, on the kernel that this one runs on, since its last start. */
export function isSameKernel({ machine, lock }: FileOwner): boolean {
  return lock?.boot === NO_BOOT ? machine === machineName() : lock?.boot === bootName();
}

let boot: string | undefined;

/** The first 48 bits of the boot's identifier. */
function bootName(): string {
  boot ??= bootId()?.replaceAll("-", "").slice(0, 12) ?? NO_BOOT;
  return boot;
}

/** Without dots, at which names are split. */
function machineName(): string {
  return hostname().replace(/[^\w-]/g, "_");
}
