// `prep shell`: SQL on the metadata, here or in DuckDB's own shell.
export { initScript } from "../explore/init-script.ts";
export { completeStatements, functionLines, isBlank, type ShellConfig, ShellSession } from "../explore/shell-session.ts";
