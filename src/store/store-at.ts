// Opens the store of an output.
import { LocalStore } from "./local/local-store.ts";
import type { Store } from "./store.ts";

/** The store in which an output lies. Opening it costs nothing and touches no file. */
export function storeAt(output: string): Store {
  return new LocalStore(output);
}

/** The same for what only a local disk can do; each caller says what a store without a disk would do instead. */
export function localStoreAt(folder: string): LocalStore {
  return new LocalStore(folder);
}
