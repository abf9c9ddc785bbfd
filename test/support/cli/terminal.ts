// A program on a real pseudo-terminal, by util-linux's `script`, which every Debian and Fedora has.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { Emulator } from "./emulator.ts";

/** True where there is a `script` that runs a command on a pseudo-terminal. */
export function hasTerminal(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8", stdio: "pipe" }).includes("util-linux");
  } catch {
    return false;
  }
}

/** Only so that a test that fails says what there was instead. */
const PATIENCE_MS = 20_000;

/** A terminal, of 60 columns unless more are asked for, with a program on it. */
export class TestTerminal {
  readonly #child: ChildProcess;
  readonly #emulator: Emulator;
  #device: string | undefined;
  #screen = "";
  #seen = 0;
  readonly exitCode: Promise<number | null>;

  constructor(command: readonly string[], environment: Readonly<Record<string, string>>, cwd: string, columns = 60) {
    this.#emulator = new Emulator(columns);
    const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    this.#child = spawn("script", ["-qfec", `stty cols ${columns} rows 30; tty; exec ${quoted}`, "/dev/null"], {
      cwd,
      env: { ...process.env, TERM: "xterm", ...environment },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#screen += text;
      this.#device ??= /^(\/dev\/\S+)\r?\n/.exec(this.#screen)?.[1];
      this.#emulator.write(text);
    });
    this.exitCode = new Promise((resolve) => this.#child.on("close", resolve));
  }

  /** Presses keys. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** All that the terminal shows, and what has scrolled off it. */
  async rows(): Promise<string[]> {
    return (await this.#emulator.rows()).slice(1);
  }

  /** Waits until this is in a row that the terminal shows. */
  async shows(words: RegExp): Promise<string[]> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const rows = await this.rows();
      if (rows.some((row) => words.test(row))) return rows;
      if (deadline.aborted || this.#child.exitCode !== null) throw new Error(`the terminal does not show ${words}:\n${rows.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Makes the terminal narrower or wider; the program hears of it by a signal. */
  async resize(columns: number): Promise<void> {
    if (this.#device === undefined) throw new Error("the terminal has not said its name yet");
    await this.#emulator.resize(columns);
    execFileSync("stty", ["-F", this.#device, "cols", String(columns)]);
  }

  /** Waits until this appears behind what was waited for before; returns what came until then. */
  async until(words: string | RegExp): Promise<string> {
    const from = this.#seen;
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const text = this.#screen.slice(from);
      const at = typeof words === "string" ? text.indexOf(words) : text.search(words);
      if (at >= 0) {
        const length = typeof words === "string" ? words.length : (words.exec(text)?.[0].length ?? 0);
        this.#seen = from + at + length;
        return text.slice(0, at + length);
      }
      if (deadline.aborted || this.#child.exitCode !== null)
        throw new Error(`the terminal does not show ${words}: ${JSON.stringify(text)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Ends the program, whatever it does. */
  close(): void {
    this.#child.kill("SIGKILL");
  }
}
