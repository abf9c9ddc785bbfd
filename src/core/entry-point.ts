// Paths of the built files that child processes run, also when tests run the sources directly.
import { fileURLToPath } from "node:url";

/**
 * Path of the built file `name`, relative to `dist/` (such as `transform/decoder/decoder-process.js`). `moduleUrl` is the `import.meta.url`
 * of any of our modules, in `src/` or bundled anywhere in `dist/`.
 */
export function builtEntryPoint(name: string, moduleUrl: string): string {
  const root = moduleUrl.replace(/\/(?:src|dist)\/(?!.*\/(?:src|dist)\/).*$/, "/dist/");
  return fileURLToPath(new URL(name, root));
}
