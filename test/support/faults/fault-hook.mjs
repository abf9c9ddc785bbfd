// Commits the fault that PREP_FAULT describes: at the k-th file system call it kills, fails or waits.
// Node loads it with `--import` before anything else. fault.ts writes PREP_FAULT and documents it.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";

const fault = JSON.parse(process.env.PREP_FAULT ?? "null");
const role = process.argv.includes("task") ? "worker" : process.argv[1]?.endsWith("prep.js") ? "main" : "other";
// Unhooked, for this file's own use.
const { appendFileSync } = fs;

if (fault?.isElsewhere) await import("./elsewhere-hook.mjs");
if (fault?.pids) appendFileSync(resolve(fault.pids, String(process.pid)), role);
if (fault?.clock) shiftClock(fault.clock);
if (fault?.call && fault.role === role) hookCalls();

/** Shifts wall time, and shifts it again later. Monotonic time does not change. */
function shiftClock({ offsetMs, jumpMs = 0, jumpAfterMs = 0 }) {
  const realNow = Date.now;
  const startedAt = realNow();
  Date.now = () => {
    const now = realNow();
    return now + offsetMs + (now - startedAt >= jumpAfterMs ? jumpMs : 0);
  };
}

function hookCalls() {
  const kinds = new Set(fault.call.kinds);
  const pattern = new RegExp(fault.call.path ?? "");
  const root = resolve(fault.root) + sep;
  /** Paths of open files, by file handle or by descriptor. */
  const paths = new Map();
  let count = 0;
  let isOver = false;

  /** The path relative to the root; undefined for paths outside it. */
  const below = (path) =>
    typeof path === "string" && `${resolve(path)}${sep}`.startsWith(root) ? resolve(path).slice(root.length) : undefined;

  /** What to do about a call: "before", "after", "fail", "hold" or nothing. */
  function verdict(kind, path) {
    const name = below(path);
    if (name === undefined) return undefined;
    if (isOver) return fault.forever?.includes(kind) ? "fail" : undefined;
    if (!kinds.has(kind) || !pattern.test(name)) return undefined;
    count += 1;
    if (count < fault.k) return undefined;
    if (fault.log) appendFileSync(fault.log, `${kind} ${name}\n`);
    if (fault.action === "record") return undefined;
    isOver = true;
    if (fault.action === "fail" || fault.action === "hold") return fault.action;
    return fault.action === "kill-before" ? "before" : "after";
  }

  const die = () => {
    if (fault.withParent) process.kill(process.ppid, "SIGKILL");
    process.kill(process.pid, fault.signal ?? "SIGKILL");
  };
  const systemError = (kind, path) =>
    Object.assign(new Error(`${fault.code}: injected, ${kind} '${path}'`), { code: fault.code, syscall: kind, path, errno: -1 });

  if (fault.linkless)
    fs.promises.link = async (_from, to) => Promise.reject(Object.assign(new Error(`ENOTSUP: link '${to}'`), { code: "ENOTSUP" }));

  /** A call that returns a promise. */
  const promised = (kind, real, pathOf) =>
    async function (...args) {
      const path = pathOf(this, args);
      const what = verdict(kind, path);
      if (what === "before") die();
      if (what === "hold") while (!fs.existsSync(fault.until)) await new Promise((resolve) => setTimeout(resolve, 10));
      if (what === "fail") {
        // A close that fails still closes the file.
        if (kind === "close") await real.apply(this, args);
        throw systemError(kind, path);
      }
      try {
        const result = await real.apply(this, args);
        if (kind === "open") paths.set(result, path);
        return result;
      } finally {
        if (what === "after") die();
      }
    };

  /** A call with a callback as its last argument, as streams use it. */
  const calledBack = (kind, real, pathOf) =>
    function (...args) {
      const callback = args.pop();
      const path = pathOf(this, args);
      const what = typeof callback === "function" ? verdict(kind, path) : undefined;
      if (what === "before") die();
      if (what === "fail") {
        const fail = () => callback(systemError(kind, path));
        if (kind === "close") real.call(this, ...args, fail);
        else process.nextTick(fail);
        return;
      }
      real.call(this, ...args, (error, ...results) => {
        if (kind === "open" && !error) paths.set(results[0], path);
        if (what === "after") die();
        callback(error, ...results);
      });
    };

  const byName = (_self, [path]) => path;
  /** Faults match the new name. */
  const byNewName = (_self, [, path]) => path;
  const byHandle = (self) => paths.get(self);
  const byDescriptor = (_self, [descriptor]) => paths.get(descriptor);

  for (const name of ["link", "rename"]) fs.promises[name] = promised(name, fs.promises[name], byNewName);
  for (const name of ["open", "unlink", "mkdir", "rm", "readFile", "writeFile", "readdir"])
    fs.promises[name] = promised(name === "writeFile" ? "write" : name, fs.promises[name], byName);
  fs.open = calledBack("open", fs.open, byName);
  for (const [name, kind] of [
    ["fsync", "fsync"],
    ["write", "write"],
    ["writev", "write"],
    ["read", "read"],
    ["close", "close"],
  ])
    fs[name] = calledBack(kind, fs[name], byDescriptor);
  hookHandles(promised, byHandle);
  syncBuiltinESMExports();
}

/** Node does not export the class of file handles, so the first handle that is opened reveals it. */
function hookHandles(promised, byHandle) {
  const open = fs.promises.open;
  let isHooked = false;
  fs.promises.open = async (...args) => {
    const handle = await open(...args);
    // Each handle has a close method of its own.
    handle.close = promised("close", handle.close, byHandle);
    if (isHooked) return handle;
    isHooked = true;
    const proto = Object.getPrototypeOf(handle);
    for (const [name, kind] of [
      ["sync", "fsync"],
      ["write", "write"],
      ["writev", "write"],
      ["writeFile", "write"],
      ["read", "read"],
      ["readFile", "read"],
    ])
      proto[name] = promised(kind, proto[name], byHandle);
    return handle;
  };
}
