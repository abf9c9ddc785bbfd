// Entry point of bin/prep.js and of every worker.
import { runProgram } from "./program.ts";
import { watchStreams } from "./streams.ts";

watchStreams();

await runProgram(process.argv.slice(2));
