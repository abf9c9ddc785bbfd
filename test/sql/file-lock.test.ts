// Kernel locks on files, taken through DuckDB.
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { askLock, lockFile, unlockFile } from "../../src/sql/file-lock.ts";
import { withFolder } from "../support/parquet.ts";
import { killed, startHolder } from "../support/process-names.ts";

it.each(["lock", 'it\'s [1] * ? "lock" {a,b}', "md:lock", "s3:lock.duckdb"])("keeps %s locked as long as the process lives", (name) =>
  withFolder(async (folder) => {
    const path = join(folder, name);
    const holder = await startHolder(path);
    expect(await askLock(path)).toBe("held");
    expect(await lockFile(path)).toBe("held");
    await killed(holder);
    expect(await askLock(path)).toBe("free");
    expect(await lockFile(path)).toBe("locked");
    expect(await readdir(folder)).toEqual([name]);
    await unlockFile(path);
    expect(await askLock(path)).toBe("free");
  }),
);

it("finds the process's own lock held, however often it asks, and other processes find it held too", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    expect(await Promise.all([lockFile(path), lockFile(path)])).toEqual(["locked", "held"]);
    expect(await Promise.all(Array.from({ length: 5 }, () => askLock(path)))).toEqual(Array.from({ length: 5 }, () => "held"));
    await expect(startHolder(path)).rejects.toThrow("Conflicting lock");
    await unlockFile(path);
    await killed(await startHolder(path));
  }));

it("lets nobody lock a file while it asks, and writes nothing", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    await killed(await startHolder(path));
    const before = [await readFile(path, "base64"), (await stat(path)).mtimeMs];
    let tries = 0;
    const state = await askLock(path, async () => {
      tries += 1;
      await expect(startHolder(path)).rejects.toThrow("Conflicting lock");
    });
    expect([state, tries]).toEqual(["free", 1]);
    expect([await readFile(path, "base64"), (await stat(path)).mtimeMs]).toEqual(before);
  }));

it("finds a file free if its process was killed while creating it, and cannot tell for a missing file or a folder", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "empty"), "");
    await mkdir(join(folder, "folder"));
    expect(await askLock(join(folder, "empty"))).toBe("free");
    expect(await askLock(join(folder, "none"))).toBe("unknown");
    expect(await askLock(join(folder, "folder"))).toBe("unknown");
    await expect(lockFile(join(folder, "none", "lock"))).rejects.toThrow(/no such file/i);
    expect(await readdir(folder)).toEqual(["empty", "folder"]);
  }));

it.skipIf(process.getuid?.() === 0)("cannot tell for a file that this user may not read", () =>
  withFolder(async (folder) => {
    await writeFile(join(folder, "lock"), "");
    await chmod(join(folder, "lock"), 0o000);
    expect(await askLock(join(folder, "lock"))).toBe("unknown");
  }),
);
