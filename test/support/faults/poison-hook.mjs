// Kills a worker that hands a decoder a picture with words of PREP_POISON in it; loaded with `--import`.
// The kernel does the same when a picture needs more memory than there is. Each death adds a line to PREP_POISON_LOG.
import childProcess from "node:child_process";
import { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { PREP_POISON: poison, PREP_POISON_LOG: log } = process.env;
const { fork } = childProcess;

if (poison && process.argv.includes("task")) {
  childProcess.fork = (...args) => {
    const child = fork(...args);
    const send = child.send.bind(child);
    child.send = (message, ...rest) => {
      const sent = send(message, ...rest);
      const body = message?.body;
      if (Buffer.isBuffer(body) && poison.split("|").some((words) => body.includes(words))) {
        appendFileSync(log, `${process.pid}\n`);
        process.kill(process.pid, "SIGKILL");
      }
      return sent;
    };
    return child;
  };
  syncBuiltinESMExports();
}
