// The version of img2dataset that benches and test:compare run, and where it is installed.
import { join } from "node:path";
import type { PeerPackage } from "./python-venv.ts";
import { BENCH_FOLDER } from "./surroundings.ts";

/** The peer. Python 3.13 and newer cannot import it; 3.11 and older take longer for https. */
export const IMG2DATASET: PeerPackage = {
  directory: join(BENCH_FOLDER, "venv-img2dataset"),
  name: "img2dataset",
  version: "1.47.0",
  pythons: ["python3.12", "python3"],
  versions: ["3.12"],
};
