// Runs a program on a real pseudo-terminal, with util-linux's `script`.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { Emulator } from "./emulator.ts";

/** Whether this machine has the `script` of util-linux, as Debian and Fedora have. */
export function hasTerminal(): boolean {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8", stdio: "pipe" }).includes("util-linux");
  } catch {
    return false;
  }
}

/** After this time a test fails and shows the screen. */
const MAX_WAIT_MS = 20_000;

/** A terminal with a program on it, by default 60 columns wide. */
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

  /** All rows, on the screen or scrolled off it. */
  async rows(): Promise<string[]> {
    return (await this.#emulator.rows()).slice(1);
  }

  /** Waits until a row matches; returns all rows. */
  async shows(words: RegExp): Promise<string[]> {
    const deadline = AbortSignal.timeout(MAX_WAIT_MS);
    for (;;) {
      const rows = await this.rows();
      if (rows.some((row) => words.test(row))) return rows;
      if (deadline.aborted || this.#child.exitCode !== null) throw new Error(`the terminal does not show ${words}:\n${rows.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Changes the width of the terminal, which sends SIGWINCH to the program. */
  async resize(columns: number): Promise<void> {
    if (this.#device === undefined) throw new Error("the terminal has not said its name yet");
    await this.#emulator.resize(columns);
    execFileSync("stty", ["-F", this.#device, "cols", String(columns)]);
  }

  /** Waits until this appears after the last words waited for; returns the text up to and including it. */
  async until(words: string | RegExp): Promise<string> {
    const from = this.#seen;
    const deadline = AbortSignal.timeout(MAX_WAIT_MS);
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

  /** Kills the program. */
  close(): void {
    this.#child.kill("SIGKILL");
  }
}
