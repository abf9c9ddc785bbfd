// The process edge: where bin/prep.js and every worker begin.
import { runProgram } from "./program.ts";

// A reader that closes its end, such as `head`, is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
});

await runProgram(process.argv.slice(2));
