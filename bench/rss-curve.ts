// Measures over time how much memory each process below one holds, read from /proc.
import { readdirSync, readFileSync } from "node:fs";

/** One sample. */
export interface RssPoint {
  readonly seconds: number;
  /** Resident bytes now, by what the process does. */
  readonly bytes: Readonly<Record<Role, number>>;
}

/** `main`, the `prep` that was started; its workers, their decoders; the largest of each role counts. */
export type Role = "main" | "worker" | "decoder";

/** Follows the processes under `root` until it is stopped. */
export class RssCurve {
  readonly points: RssPoint[] = [];
  readonly #root: number;
  readonly #start = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(root: number, intervalMs: number) {
    this.#root = root;
    this.#timer = setInterval(() => this.#look(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const bytes: Record<Role, number> = { main: 0, worker: 0, decoder: 0 };
    const tree = new Set([this.#root]);
    // Children have higher numbers than their parents, unless the numbers wrapped; then the next sample finds them.
    for (const pid of pids()) {
      const status = read(`/proc/${pid}/status`);
      if (!tree.has(pid) && !tree.has(Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]))) continue;
      tree.add(pid);
      const role = roleOf(read(`/proc/${pid}/cmdline`));
      bytes[role] = Math.max(bytes[role], Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) * 1024);
    }
    this.points.push({ seconds: (performance.now() - this.#start) / 1000, bytes });
  }
}

/** The highest figure of a role in each tenth of the time. */
export function tenths(points: readonly RssPoint[], role: Role): number[] {
  const part = points.length / 10;
  return Array.from({ length: 10 }, (_, tenth) =>
    points.slice(Math.floor(tenth * part), Math.floor((tenth + 1) * part)).reduce((most, { bytes }) => Math.max(most, bytes[role]), 0),
  );
}

function roleOf(command: string): Role {
  return command.includes("decoder-process") ? "decoder" : command.includes("--serve") ? "worker" : "main";
}

function pids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((left, right) => left - right);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has just ended.
    return "";
  }
}
