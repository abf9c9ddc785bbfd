// Tars of ours in Python's tarfile.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AppendFile } from "../../src/store/append-file.ts";
import { TarFile } from "../../src/tar/write-tar.ts";
import { withFolder } from "../support/parquet.ts";

const PYTHON = process.env["PREP_PYTHON"] ?? "python3";

const READ = `
import hashlib, json, sys, tarfile
with tarfile.open(sys.argv[1], "r:") as tar:
    print(json.dumps([
        [m.name, m.size, m.mode, m.uid, m.gid, m.mtime, m.isreg(), hashlib.sha256(tar.extractfile(m).read()).hexdigest()] for m in tar
    ]))
`;

// With CI set, where .ci/run installs Python, a missing one is an error.
const lacksPython = !process.env["CI"] && spawnSync(PYTHON, ["--version"]).status !== 0;

it.skipIf(lacksPython)("reads every member with its name, size, mode, owner, time and bytes", () =>
  withFolder(async (folder) => {
    const path = join(folder, "a.tar");
    const file = new TarFile(AppendFile.create(path));
    const expected: unknown[] = [];
    for (const bytes of [0, 1, 511, 512, 513, 262_143, 262_144, 300_000, 5_000_000]) {
      const name = `${"n".repeat((bytes % 95) + 1)}.jpg`;
      const body = Buffer.alloc(bytes, `body ${bytes} `);
      await file.add(name, body);
      expected.push([name, bytes, 0o444, 0, 0, 0, true, createHash("sha256").update(body).digest("hex")]);
    }
    await file.close();
    expect(JSON.parse(execFileSync(PYTHON, ["-c", READ, path], { encoding: "utf8" }))).toEqual(expected);
  }),
);
