// The process edge: where bin/prep.js and every worker begin.
import { runProgram } from "./program.ts";
import { watchStreams } from "./streams.ts";

watchStreams();

await runProgram(process.argv.slice(2));
