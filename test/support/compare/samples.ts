// Compares two outputs row by row and lists every difference, intended or not.
import type { ExifComparison } from "./exif-content.ts";
import { ADDITIONAL_COLUMNS } from "./job.ts";
import type { Entry, Output } from "./outputs.ts";
import { comparePixels } from "./pixels.ts";
import type { Source } from "./sources.ts";

/** What can differ. */
export type Aspect = "columns" | "strays" | "rows" | "stored" | "field" | "error" | "members" | "exif" | "shape" | "pixels";

/** One difference between two outputs. */
export interface Difference {
  readonly aspect: Aspect;
  /** Name and kind of the row; empty for differences of the whole output. */
  readonly name: string;
  readonly kind: string;
  /** What differs, such as a column or an EXIF tag. */
  readonly subject: string;
  readonly ours: string;
  readonly peers: string;
}

/** The result of comparing two outputs. */
export interface OutputComparison {
  /** Number of pictures that both tools stored, and of those with the same size and channels. */
  readonly both: number;
  readonly sameShape: number;
  /** PSNR in dB by row name, for pictures of the same shape. */
  readonly psnr: ReadonlyMap<string, number>;
  /** Number of compared values, in parquet and in JSON. */
  readonly fields: number;
  readonly differences: readonly Difference[];
}

/** Fields that every row has, then fields that only stored samples have. */
const ROW_FIELDS = ["key", "url", "caption", ...ADDITIONAL_COLUMNS];
const STORED_FIELDS = ["status", "error_message", "width", "height", "original_width", "original_height", "sha256"];
/** Number of rows whose pictures are decoded at the same time. */
const AT_ONCE = 4;

/** Compares the outputs of both tools for the same rows. Pictures below `psnrFloor` dB count as a difference. */
export async function compareOutputs(
  sources: readonly Source[],
  ours: Output,
  peers: Output,
  exif: ExifComparison,
  psnrFloor: number,
): Promise<OutputComparison> {
  const run = new RunComparison(exif, psnrFloor);
  run.columns(ours, peers);
  const waiting = sources[Symbol.iterator]();
  const work = async () => {
    for (const source of waiting) await run.row(source, ours.entries.get(source.name), peers.entries.get(source.name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return run;
}

class RunComparison implements OutputComparison {
  both = 0;
  sameShape = 0;
  fields = 0;
  readonly psnr = new Map<string, number>();
  readonly differences: Difference[] = [];
  readonly #exif: ExifComparison;
  readonly #psnrFloor: number;

  constructor(exif: ExifComparison, psnrFloor: number) {
    this.#exif = exif;
    this.#psnrFloor = psnrFloor;
  }

  /** Checks that our columns include those of the peer, in its order and with its types, and that no sample is astray. */
  columns(ours: Output, peers: Output): void {
    const wanted = peers.columns.map(({ name, type }) => `${name} ${type}`);
    const found = ours.columns.map(({ name, type }) => `${name} ${type}`).filter((column) => wanted.includes(column));
    this.#same("columns", { name: "", kind: "" }, "parquet", found.join(), wanted.join());
    for (const [side, { strays }] of Object.entries({ ours, peers })) {
      for (const stray of strays) this.#differ("strays", { name: "", kind: "" }, side, stray, "");
    }
  }

  async row(source: Source, ours: Entry | undefined, peers: Entry | undefined): Promise<void> {
    if (!ours || !peers) return this.#differ("rows", source, "row", ours ? "there" : "missing", peers ? "there" : "missing");
    for (const field of ROW_FIELDS) this.#same("field", source, field, shown(ours.row[field]), shown(peers.row[field]));
    const [mine, theirs] = [ours.members, peers.members];
    // A row is a success if and only if its sample exists.
    for (const [side, { row, members }] of Object.entries({ ours, peers })) {
      if ((row["status"] === "success") !== (members !== undefined))
        this.#differ("stored", source, side, String(row["status"]), "sample or none");
    }
    if (mine && theirs) return await this.#stored(source, ours, peers, mine, theirs);
    if (mine) return this.#differ("stored", source, "only ours", "success", errorKind(peers));
    if (theirs) return this.#differ("stored", source, "only the peer's", errorKind(ours), "success");
    this.#same("error", source, "status and message", errorKind(ours), errorKind(peers));
  }

  async #stored(
    source: Source,
    ours: Entry,
    peers: Entry,
    mine: ReadonlyMap<string, Buffer>,
    theirs: ReadonlyMap<string, Buffer>,
  ): Promise<void> {
    this.both += 1;
    for (const field of STORED_FIELDS) this.#same("field", source, field, shown(ours.row[field]), shown(peers.row[field]));
    this.#exifs(source, "exif in parquet", ours.row["exif"], peers.row["exif"]);
    this.#same("members", source, "names in order", [...mine.keys()].join(), [...theirs.keys()].join());
    this.#same("members", source, "txt", shown(mine.get("txt")?.toString()), shown(theirs.get("txt")?.toString()));
    this.#json(source, jsonOf(mine), jsonOf(theirs));
    const extension = [...theirs.keys()].find((name) => name !== "json" && name !== "txt") ?? "";
    const found = await comparePixels(mine.get(extension) ?? Buffer.alloc(0), theirs.get(extension) ?? Buffer.alloc(0));
    if (!found.isSameShape) return this.#differ("shape", source, extension, ...found.sizes);
    this.sameShape += 1;
    this.psnr.set(source.name, found.psnr);
    if (!(found.psnr >= this.#psnrFloor)) this.#differ("pixels", source, extension, `${found.psnr.toFixed(1)} dB`, "");
  }

  #json(source: Source, ours: Readonly<Record<string, unknown>>, peers: Readonly<Record<string, unknown>>): void {
    this.#same("field", source, "names in JSON, in order", Object.keys(ours).join(), Object.keys(peers).join());
    for (const name of Object.keys(peers)) {
      if (name === "exif") this.#exifs(source, "exif in JSON", ours[name], peers[name]);
      else this.#same("field", source, `${name} in JSON`, shown(ours[name]), shown(peers[name]));
    }
  }

  #exifs(source: Source, _where: string, ours: unknown, peers: unknown): void {
    this.fields += 1;
    for (const { tag, ours: mine, peers: theirs } of this.#exif.differences(ours, peers)) {
      this.#differ("exif", source, tag, shown(mine), shown(theirs));
    }
  }

  #same(aspect: Aspect, source: Pick<Source, "name" | "kind">, subject: string, ours: string, peers: string): void {
    this.fields += 1;
    if (ours !== peers) this.#differ(aspect, source, subject, ours, peers);
  }

  #differ(aspect: Aspect, { name, kind }: Pick<Source, "name" | "kind">, subject: string, ours: string, peers: string): void {
    this.differences.push({ aspect, name, kind, subject, ours, peers });
  }
}

function shown(value: unknown): string {
  return typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "nothing");
}

/** Parses the JSON of a sample; integers that a double would round stay text. */
function jsonOf(members: ReadonlyMap<string, Buffer>): Readonly<Record<string, unknown>> {
  const text = members.get("json")?.toString() ?? "{}";
  return JSON.parse(text.replace(/":\s*(-?\d{16,})(?=\s*[,}])/g, '":"$1"')) as Record<string, unknown>;
}

/** Status and message without parts that vary between requests: HTTP reason phrase, errno, byte counts. */
function errorKind({ row }: Entry): string {
  const message = String(row["error_message"])
    .replace(/^(HTTP Error \d+).*/s, "$1")
    .replace(/^IncompleteRead\(.*/s, "connection closed early")
    .split("\n", 1)[0];
  return `${row["status"]}: ${message}`;
}
