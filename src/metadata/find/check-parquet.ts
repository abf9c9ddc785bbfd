// Checks by twelve bytes of each file that it is a complete parquet file.
import { open } from "node:fs/promises";
import { InputError } from "../../core/errors.ts";
import { plural } from "../../core/units.ts";

const MAGIC = "PAR1";
/** Files open at once: enough to hide the latency of a network disk, far below any limit on open files. */
const CONCURRENCY = 32;

interface Defect {
  readonly path: string;
  readonly kind: "git-lfs" | "broken";
  readonly what: string;
}

/** Throws InputError that names every file that is a git-LFS pointer, truncated, or not parquet at all. */
export async function checkParquetFiles(files: readonly { readonly path: string; readonly bytes: number }[]): Promise<void> {
  const defects: Defect[] = [];
  const queue = files.values();
  await Promise.all(
    Array.from({ length: Math.min(CONCURRENCY, files.length) }, async () => {
      for (const file of queue) {
        const defect = await inspect(file.path, file.bytes);
        if (defect) defects.push(defect);
      }
    }),
  );
  if (defects.length === 0) return;
  defects.sort((left, right) => (left.path < right.path ? -1 : 1));
  const pointers = defects.filter((defect) => defect.kind === "git-lfs");
  const broken = defects.filter((defect) => defect.kind === "broken");
  const lines = [
    ...(pointers.length > 0
      ? [
          `${pointers.length} of ${plural(files.length, "file")} ${pointers.length === 1 ? "is a git-LFS pointer" : "are git-LFS pointers"}, not the data:`,
          ...list(pointers),
        ]
      : []),
    ...(broken.length > 0
      ? [
          `${broken.length} of ${plural(files.length, "file")} ${broken.length === 1 ? "is not a complete parquet file" : "are not complete parquet files"}:`,
          ...list(broken),
        ]
      : []),
  ];
  const hints = [
    ...(pointers.length > 0 ? ["Run `git lfs pull` in that folder to fetch the files themselves."] : []),
    ...(broken.length > 0 ? ["Fetch the broken files again, or move them elsewhere to do without their rows."] : []),
  ];
  throw new InputError(lines.join("\n"), hints.join(" "));
}

function list(defects: readonly Defect[]): string[] {
  return defects.map(({ path, what }) => `  ${path}${what === "" ? "" : `: ${what}`}`);
}

async function inspect(path: string, bytes: number): Promise<Defect | undefined> {
  const broken = (what: string): Defect => ({ path, kind: "broken", what });
  let file: Awaited<ReturnType<typeof openForReading>> | undefined;
  try {
    file = await openForReading(path);
    const head = await file.text(0, 4);
    if (head === "vers" && (await file.text(0, 64)).startsWith("version https://git-lfs")) return { path, kind: "git-lfs", what: "" };
    if (bytes === 0) return broken("the file is empty");
    if (head === "PARE") return broken("the file is encrypted");
    if (head !== MAGIC) return broken(`it starts with ${JSON.stringify(head)} instead of PAR1`);
    // The shortest layout is magic, empty footer, its length, magic.
    if (bytes < 12) return broken("truncated, only its first bytes are there");
    const tail = await file.bytes(bytes - 8, 8);
    if (tail.toString("latin1", 4) !== MAGIC) return broken("truncated, the PAR1 at its end is missing");
    if (tail.readUInt32LE(0) + 12 > bytes) return broken("its footer would be larger than the file");
    return undefined;
  } catch (thrown) {
    return broken(`cannot be read (${thrown instanceof Error ? thrown.message : String(thrown)})`);
  } finally {
    await file?.close();
  }
}

async function openForReading(path: string) {
  const handle = await open(path, "r");
  const bytes = async (position: number, length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  };
  return {
    bytes,
    text: async (position: number, length: number): Promise<string> => (await bytes(position, length)).toString("latin1"),
    close: () => handle.close(),
  };
}
