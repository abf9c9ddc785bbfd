// Turns the hub's refusals into errors that say what to do.
import { IncompleteError, InputError, type PrepError } from "../core/errors.ts";
import { nearestRepository } from "./dataset-names.ts";
import type { HubResponse } from "./transport.ts";

/** What was requested. */
export interface Question {
  readonly repository: string;
  readonly revision: string;
  readonly endpoint: string;
  readonly hasToken: boolean;
}

/** The error for a response without success. Error codes are those of huggingface_hub, utils/_http.py (hf_raise_for_status). */
export function refusal(response: HubResponse, { repository, revision, endpoint, hasToken }: Question): PrepError {
  const code = response.header("x-error-code") ?? "";
  const said = plain(response.header("x-error-message") ?? "");
  const page = `${endpoint}/datasets/${repository}`;
  const tokens = `${endpoint}/settings/tokens`;
  const { status } = response;
  if (code === "GatedRepo") {
    return hasToken
      ? new InputError(
          `${repository} is gated, and the account of this token may not read it${said ? ` (the hub says: ${said})` : ""}`,
          `Accept the terms at ${page} with that account; a fine-grained token also needs the permission to read gated repositories (${tokens}).`,
        )
      : gatedWithoutToken(repository, endpoint);
  }
  if (code === "RevisionNotFound") {
    return new InputError(
      `${repository} has no revision ${revision}`,
      `Its branches and tags are at ${page}/tree/main. Leave --revision out to use main.`,
    );
  }
  if (status === 401 && hasToken && code !== "RepoNotFound") {
    return new InputError("the hub does not accept the token", `Make a new one at ${tokens}, or unset HF_TOKEN for open data sets.`);
  }
  // Without a token the hub answers 401 for a repository that does not exist, to keep names of private ones secret.
  if (status === 404 || status === 401 || status === 403) {
    const nearest = nearestRepository(repository);
    return new InputError(
      `${repository} is not visible ${hasToken ? "with this token" : "without a token"}, or does not exist${said ? ` (the hub says: ${said})` : ""}`,
      `${nearest && nearest !== repository ? `Did you mean ${nearest}? ` : "Check the name. "}A private data set needs HF_TOKEN, from ${tokens}.`,
    );
  }
  if (status === 429) {
    return new IncompleteError(
      "the hub throttles, and asks for a wait that is too long for this start",
      "Start the same command again later: it continues. A token (HF_TOKEN) raises the limits.",
    );
  }
  return new IncompleteError(
    `the hub answered ${status} for ${repository}${said ? `: ${said}` : ""}`,
    "Start the same command again: it continues.",
  );
}

/** The error for a gated set if there is no token. */
export function gatedWithoutToken(repository: string, endpoint: string): PrepError {
  return new InputError(
    `${repository} is gated: the hub gives it only to accounts that have accepted its terms, and there is no token`,
    `Accept the terms at ${endpoint}/datasets/${repository}, make a token at ${endpoint}/settings/tokens and set HF_TOKEN, or run hf auth login.`,
  );
}

/** A server's text, made safe for a terminal. */
function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, 300)
    .trim();
}
