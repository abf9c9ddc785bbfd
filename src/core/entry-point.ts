// Core vocabulary: where a child process's built JavaScript lies, also when the sources run directly (tests, benches).
import { fileURLToPath } from "node:url";

/**
 * Path of the built file `relative` (such as `../transform/decoder-process.js`), as seen from a folder of `src/`: that of the
 * module whose `import.meta.url` is given. Bundled, that module lies in `dist/chunks`, from which the path is the same.
 */
export function builtEntryPoint(relative: string, moduleUrl: string): string {
  const path = fileURLToPath(new URL(relative, moduleUrl));
  return moduleUrl.endsWith(".ts") ? path.replace(/([\\/])src([\\/])(?!.*[\\/]src[\\/])/, "$1dist$2") : path;
}
