// `prep shell`: SQL on the tables of a run, here or in DuckDB's own shell.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../../core/errors.ts";
import { initScript, type ShellConfig, ShellSession } from "../../run/shell.ts";
import { resources } from "../configs.ts";
import { writeText } from "../display/text-style.ts";
import { expandPath } from "../local-path.ts";
import type { OptionValues } from "../options/commander-options.ts";
import { readPipe, talk } from "../shell/terminal.ts";
import { type VerbCall, wordsOfVerbs } from "../verb.ts";

/** The notice for users who leave the fence. */
const UNFENCED = `notice: DuckDB's own shell has no fence: SQL in it can read, write and load
everything that you can. Run only queries that you trust there.`;

/** Signals that end a shell at once, with 128 and their number; a closed terminal sends SIGHUP. */
const ENDING = { SIGHUP: 129, SIGTERM: 143 } as const;

/** Opens the shell; with --init prints the script for other shells, with --duckdb opens DuckDB's shell with it. */
export async function shellCommand({ words, values, verbs }: VerbCall): Promise<void> {
  const config = shellConfig(words, values);
  const names = wordsOfVerbs(verbs);
  const isQuiet = values["quiet"] === true;
  const isUnfenced = values["init"] === true || values["duckdb"] === true;
  if (isUnfenced && !isQuiet) writeText(process.stderr, UNFENCED);
  if (values["init"] === true) return void process.stdout.write(await initScript(config, resources(values)));
  if (values["duckdb"] === true) {
    process.exitCode = await openDuckdb(config, values);
    return;
  }
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const session = await ShellSession.open(config, resources(values), {
    emit: (event) => {
      if (event.event === "notice" && !isQuiet) writeText(process.stderr, `notice: ${event.text}`);
      if (event.event === "resolved" && values["showColumns"] === true) for (const line of event.lines) writeText(process.stderr, line);
    },
  });
  for (const [signal, code] of Object.entries(ENDING))
    process.on(signal, () => {
      session.removeFiles();
      process.exit(code);
    });
  try {
    if (!isTerminal) process.exitCode = await readPipe(session, names);
    else {
      if (!isQuiet) {
        const what = session.datasets.length > 0 ? ` of ${session.datasets.join(", ")}` : "";
        writeText(process.stderr, `The view metadata has the rows${what}. Statements end with ; and .help lists the commands.`);
      }
      await talk(session, names, process.env);
    }
  } finally {
    session.close();
  }
}

function shellConfig(paths: readonly string[], values: OptionValues): ShellConfig {
  const metadata = [...paths.map((path) => expandPath(path)), ...((values["metadata"] as string[] | undefined) ?? [])];
  if (metadata.length === 0) throw new UsageError("no metadata was named", "Name a folder, a glob or a parquet file: prep shell laion/");
  if (paths.includes("")) throw new UsageError("the metadata is an empty path", "Name a file or a folder.");
  return {
    metadata,
    tables: (values["table"] as string[] | undefined) ?? [],
    variables: (values["set"] as string[] | undefined) ?? [],
    swappedSizes: values["swappedSizes"] as ShellConfig["swappedSizes"],
  };
}

async function openDuckdb(config: ShellConfig, values: OptionValues): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "prep-duckdb-"));
  // The shell that has the terminal handles Ctrl-C.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  try {
    const script = join(folder, "init.sql");
    await writeFile(script, await initScript(config, resources(values)));
    const child = spawn("duckdb", ["-init", script], { stdio: "inherit" });
    const [code] = (await once(child, "close")) as [number | null];
    return code ?? 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UsageError(
      "there is no duckdb on the PATH",
      "Install DuckDB's command line (duckdb.org/install), or use prep shell without --duckdb.",
    );
  } finally {
    process.off("SIGINT", ignore);
    await rm(folder, { recursive: true, force: true });
  }
}
