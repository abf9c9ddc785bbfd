// `prep describe`: a profile of metadata, for the terminal, as JSON or as an HTML page.
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, lstat, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { OutputError } from "../../core/errors.ts";
import { describeMetadata } from "../../run/describe.ts";
import { resources } from "../configs.ts";
import { isProfilePage, profilePage } from "../display/profile-page.ts";
import { profileLines } from "../display/profile-text.ts";
import { writeText } from "../display/text-style.ts";
import { expandPath } from "../local-path.ts";
import { openSession } from "../session.ts";
import type { VerbCall } from "../verb.ts";

/** Prints the profile: for people, with --json as one object, with --html into a file, whose name it prints. */
export async function describeCommand(call: VerbCall): Promise<void> {
  const { words, values } = call;
  const session = await openSession(call);
  try {
    const page = values["html"] as string | undefined;
    if (page !== undefined) await insistOnPlace(page);
    session.say("reading every row once");
    const config = { metadata: words.map(expandPath), swappedSizes: values["swappedSizes"] as "auto" | "yes" | "no" };
    const description = await describeMetadata(config, resources(values), session.effects);
    if (page !== undefined) await writePage(page, profilePage(description));
    if (values["json"] === true) process.stdout.write(`${JSON.stringify(description)}\n`);
    else if (page !== undefined) process.stdout.write(`${page}\n`);
    else for (const line of profileLines(description)) writeText(process.stdout, line);
  } finally {
    session.end();
  }
}

/** Throws OutputError if the page could not be written, before all rows are read for it. */
async function insistOnPlace(path: string): Promise<void> {
  await refuseForeign(path);
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw pageError(path, error);
  }
}

/** Throws OutputError if something other than a page of prep has the name. */
async function refuseForeign(path: string): Promise<void> {
  const entry = await lstat(path).catch(() => undefined);
  if (!entry) return;
  if (entry.isDirectory()) throw pageError(path, new Error("it is a folder"));
  if (entry.isFile() && isProfilePage(await headOf(path).catch(() => ""))) return;
  throw new OutputError(`--html ${path} exists and is no page of prep describe`, "Name another file, or remove this one.");
}

const HEAD_BYTES = 512;

async function headOf(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Writes the whole page or nothing. */
async function writePage(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${randomBytes(6).toString("hex")}.unfinished`;
  // Check again: reading all rows took long, and the file may exist by now.
  await refuseForeign(path);
  try {
    await writeFile(unfinished, text, { flag: "wx" });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw pageError(path, error);
  }
}

function pageError(path: string, cause: unknown): OutputError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new OutputError(`--html ${path} cannot be written: ${why}`, "Name a file in a folder that exists.", { cause });
}
