// Loaded into a process under test by `--import`, before anything else: counts its calls to the file system, and at the call
// that PREP_FAULT names kills the process or fails the call. What to do is documented in fault.ts, which writes PREP_FAULT.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";

const fault = JSON.parse(process.env.PREP_FAULT ?? "null");
const role = process.argv.includes("task") ? "worker" : process.argv[1]?.endsWith("prep.js") ? "main" : "other";
// As they were, for the hook's own use.
const { appendFileSync } = fs;

if (fault?.isElsewhere) await import("./elsewhere-hook.mjs");
if (fault?.pids) appendFileSync(resolve(fault.pids, String(process.pid)), role);
if (fault?.clock) shiftClock(fault.clock);
if (fault?.call && fault.role === role) hookCalls();

/** Lets wall time begin elsewhere and, a while later, jump. Monotonic time stays what it is. */
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
  /** Paths of open files: file handles by themselves, descriptors by their number. */
  const paths = new Map();
  let count = 0;
  let isOver = false;

  /** The path below the root; undefined for any other. */
  const below = (path) =>
    typeof path === "string" && `${resolve(path)}${sep}`.startsWith(root) ? resolve(path).slice(root.length) : undefined;

  /** What becomes of a call: "before", "after", "fail", or nothing. */
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
        // A close that fails has closed all the same.
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

  /** A call that ends by a callback, its last argument: what streams use. */
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
  /** The new name is the one that matters. */
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

/** The class of file handles is nowhere exported: the first one that is opened shows it. */
function hookHandles(promised, byHandle) {
  const open = fs.promises.open;
  let isHooked = false;
  fs.promises.open = async (...args) => {
    const handle = await open(...args);
    // The one method that each handle has for itself.
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
