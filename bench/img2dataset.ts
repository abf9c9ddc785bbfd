// Benches and test:compare: which img2dataset is the peer, and where it is installed.
import { join } from "node:path";
import type { PeerPackage } from "./python-venv.ts";
import { BENCH_FOLDER } from "./surroundings.ts";

/** The peer. From 3.13 on it cannot be imported; on 3.11 and older it takes longer for https. */
export const IMG2DATASET: PeerPackage = {
  directory: join(BENCH_FOLDER, "venv-img2dataset"),
  name: "img2dataset",
  version: "1.47.0",
  pythons: ["python3.12", "python3"],
  versions: ["3.12"],
};
