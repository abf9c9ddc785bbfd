// Makes a process believe that it runs on another machine; loaded with `--import`.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

const { readFileSync } = fs;

os.hostname = () => "elsewhere";
fs.readFileSync = (path, ...rest) =>
  path === "/proc/sys/kernel/random/boot_id" ? "e15e3e4e-0000-4000-8000-e15e3e4e0000\n" : readFileSync(path, ...rest);
syncBuiltinESMExports();
