// Before the hub is spoken to: which hub it is and who asks, from the places where Hugging Face's own tools look.
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../core/errors.ts";

/** The hub and the right to ask it. */
export interface HubAccess {
  /** Origin and path without a slash at the end, such as `https://huggingface.co`. */
  readonly endpoint: string;
  /** Sent to the endpoint's origin and to no other host. */
  readonly token: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * HF_ENDPOINT, or the public hub; the token of HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH, or the file `token` that
 * `hf auth login` leaves in HF_HOME. Throws UsageError for an endpoint that is no http(s) address, and for a token that no header
 * can hold. (Names and order: huggingface_hub, constants.py and utils/_auth.py.)
 */
export async function hubAccess(environment: Environment): Promise<HubAccess> {
  const endpoint = (environment["HF_ENDPOINT"]?.trim() || "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) {
    throw new UsageError(
      `HF_ENDPOINT=${endpoint} is no address of a hub`,
      "Write for instance HF_ENDPOINT=https://huggingface.co, or unset it.",
    );
  }
  const given = environment["HF_TOKEN"] ?? environment["HUGGING_FACE_HUB_TOKEN"];
  const token = (given ?? (await readFile(tokenPath(environment), "utf8").catch(() => ""))).trim();
  if (!/^[\x21-\x7e]*$/.test(token)) {
    throw new UsageError(
      `the token in ${given === undefined ? tokenPath(environment) : "HF_TOKEN"} has characters that no token has`,
      "Copy it again from the page of your access tokens.",
    );
  }
  return { endpoint, token: token === "" ? undefined : token };
}

function tokenPath(environment: Environment): string {
  const cache = environment["XDG_CACHE_HOME"] || join(environment["HOME"] || homedir(), ".cache");
  return environment["HF_TOKEN_PATH"] || join(environment["HF_HOME"] || join(cache, "huggingface"), "token");
}
