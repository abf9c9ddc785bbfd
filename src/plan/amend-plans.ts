// Loosens the limits of stored plans, so that rows that they refused are done again.
import { UsageError } from "../core/errors.ts";
import { inspectBlockLists } from "../fetch/rights/block-list.ts";
import type { ShapeConfig, TransformOptions } from "../job/config.ts";
import { identityOption } from "../job/options/identity-options.ts";
import { establishBlockList } from "../output/plans/block-list-file.ts";
import { replacePlan, type StoredPlan } from "../output/plans/download-plan.ts";
import { withProcessLock } from "../store/locks/process-lock.ts";

/** The limits that refuse images and do not change any. */
export type PictureLimits = Pick<TransformOptions, "maxPixels" | "minImageSize" | "maxImageArea" | "maxAspectRatio" | "acceptTruncated">;

/** Limits that a later start changes. */
export interface Amendment {
  readonly limits: Partial<PictureLimits>;
  /** Absolute paths of block lists that replace the output's list. Undefined keeps that list. */
  readonly blockLists: readonly string[] | undefined;
}

/** Whether the second value of a limit accepts every image that the first one accepts. */
export const IS_LOOSER: { readonly [Name in keyof PictureLimits]: (old: PictureLimits[Name], now: PictureLimits[Name]) => boolean } = {
  maxPixels: (old, now) => now >= old,
  minImageSize: (old, now) => now <= old,
  maxImageArea: (old, now) => now >= old,
  maxAspectRatio: (old, now) => now >= old,
  acceptTruncated: (old, now) => now || !old,
};

/** The amended plans, and the digest of their new block list; undefined if the list was kept. */
export interface AmendedPlans {
  readonly plans: readonly StoredPlan[];
  readonly blockList: string | undefined;
}

/** The option with which a later start can loosen this part of an identity; undefined if there is none. */
export function loosenedBy(name: string): string | undefined {
  const option = identityOption(name);
  return option?.canLoosen ? `--${option.name}` : undefined;
}

/**
 * Gives every plan of an output the amended limits and block list, and returns the amended plans. The identity of a run stays: records
 * say under which limits rows were refused. Throws UsageError for a stricter limit, because stored samples are not checked again.
 */
export async function amendPlans(output: string, plans: readonly StoredPlan[], amendment: Amendment): Promise<AmendedPlans> {
  const { limits, blockLists } = amendment;
  for (const { plan } of plans) for (const name of Object.keys(limits) as (keyof PictureLimits)[]) insistOnLooser(name, plan.shape, limits);
  const blockList = blockLists && (await inspectBlockLists(blockLists));
  if (blockList) await withProcessLock(output, () => establishBlockList(output, blockLists, blockList));
  const amended: StoredPlan[] = [];
  for (const { number, plan } of plans) {
    const shape = amendedShape(plan.shape, limits, blockList?.digest);
    const stored = { number, plan: { ...plan, shape } };
    if (JSON.stringify(shape) !== JSON.stringify(plan.shape)) await withProcessLock(output, () => replacePlan(output, stored));
    amended.push(stored);
  }
  return { plans: amended, blockList: blockList?.digest };
}

/** The shape with the amended limits and block list. */
function amendedShape(shape: ShapeConfig, limits: Partial<PictureLimits>, blockList: string | undefined): ShapeConfig {
  return { ...shape, ...(blockList === undefined ? {} : { blockList }), transform: { ...shape.transform, ...limits } };
}

function insistOnLooser<Name extends keyof PictureLimits>(name: Name, { transform }: ShapeConfig, limits: Partial<PictureLimits>): void {
  const now = limits[name];
  if (now === undefined || IS_LOOSER[name](transform[name], now)) return;
  const recorded = transform[name];
  const limit = recorded === Number.MAX_SAFE_INTEGER ? "this output, which has no limit" : `the ${String(recorded)} of this output`;
  throw new UsageError(
    `--${identityOption(name)?.name} ${String(now)} is stricter than ${limit}; samples already stored would stay`,
    "Give a value that accepts more images, or select samples by the columns of their sidecars.",
  );
}
