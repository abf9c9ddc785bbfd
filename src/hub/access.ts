// Reads the hub's address and the user's token from where Hugging Face's own tools look.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../core/errors.ts";

/** The hub's address and the user's token. */
export interface HubAccess {
  /** Origin and path without a final slash, such as `https://huggingface.co`. */
  readonly endpoint: string;
  /** Sent only to the endpoint's origin. */
  readonly token: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Takes the address from HF_ENDPOINT, by default the public hub. Takes the token from HF_TOKEN, HUGGING_FACE_HUB_TOKEN,
 * HF_TOKEN_PATH, or the file `token` that `hf auth login` writes into HF_HOME; names and order are those of huggingface_hub
 * (constants.py, utils/_auth.py). Throws UsageError for an endpoint that is not an http(s) address, and for a token that a header
 * cannot hold.
 */
export async function hubAccess(environment: Environment): Promise<HubAccess> {
  const endpoint = (environment["HF_ENDPOINT"]?.trim() || "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) {
    throw new UsageError(
      `HF_ENDPOINT=${endpoint} is not the address of a hub`,
      "Write for instance HF_ENDPOINT=https://huggingface.co, or unset it.",
    );
  }
  const given = environment["HF_TOKEN"] ?? environment["HUGGING_FACE_HUB_TOKEN"];
  const token = (given ?? (await readFile(tokenPath(environment), "utf8").catch(() => ""))).trim();
  if (!/^[\x21-\x7e]*$/.test(token)) {
    throw new UsageError(
      `the token in ${given === undefined ? tokenPath(environment) : "HF_TOKEN"} has characters that a token cannot have`,
      "Copy it again from the page of your access tokens.",
    );
  }
  return { endpoint, token: token === "" ? undefined : token };
}

function tokenPath(environment: Environment): string {
  const cache = environment["XDG_CACHE_HOME"] || join(environment["HOME"] || homedir(), ".cache");
  return environment["HF_TOKEN_PATH"] || join(environment["HF_HOME"] || join(cache, "huggingface"), "token");
}
