// Finds rows that an option refused and that its present value would let in.
import { createHash } from "node:crypto";
import { DECIDED_BY, type DecidingOption, type OutcomeCode } from "../../core/outcome.ts";
import type { DownloadSettings, ShapeConfig } from "../../job/config.ts";
import type { DecidingValues } from "../../manifest/shard-record.ts";

/** Longer values are recorded by their digest. */
const MAX_VALUE_LENGTH = 64;

/** The values that count for records that do not name them: the defaults of the versions that wrote them, and img2dataset's. */
const UNRECORDED: DecidingValues = {
  "allow-private-network": "false",
  "allow-port": "",
  "block-list": "",
  robots: "obey",
  "user-agent-token": "",
  "disallowed-header-directives": "noai,noimageai,noimageindex,noindex",
  "ignore-tdm-reservation": "false",
  "max-image-bytes": String(32 * 2 ** 20),
  "insecure-tls": "false",
  "accept-truncated": "false",
  "max-decoded-pixels": "100000000",
  "min-image-size": "0",
  "max-image-area": String(Number.MAX_SAFE_INTEGER),
  "max-aspect-ratio": String(Number.MAX_SAFE_INTEGER),
};

/** The values in force for shards of this shape. */
export function decidingValues(settings: DownloadSettings, { transform, blockList = "" }: ShapeConfig): DecidingValues {
  const values: Record<DecidingOption, string | number | boolean | readonly (string | number)[]> = {
    "allow-private-network": settings.allowPrivateNetwork,
    "allow-port": settings.allowedPorts,
    "block-list": blockList,
    robots: settings.robots,
    "user-agent-token": settings.userAgentToken ?? "",
    "disallowed-header-directives": settings.disallowedDirectives,
    "ignore-tdm-reservation": !settings.honourTdmReservation,
    "max-image-bytes": settings.maxImageBytes,
    "insecure-tls": settings.insecureTls,
    "accept-truncated": transform.acceptTruncated,
    "max-decoded-pixels": transform.maxPixels,
    "min-image-size": transform.minImageSize,
    "max-image-area": transform.maxImageArea,
    "max-aspect-ratio": transform.maxAspectRatio,
  };
  const texts = Object.entries(values).map(([option, value]) => [option, asText(value)]);
  return Object.fromEntries(texts) as Record<DecidingOption, string>;
}

function asText(value: string | number | boolean | readonly (string | number)[]): string {
  const text = typeof value === "object" ? value.map(String).sort().join(",") : String(value);
  return text.length > MAX_VALUE_LENGTH ? createHash("sha256").update(text).digest("hex").slice(0, 16) : text;
}

/** The outcomes of a shard, and the option values that its record names. */
export interface DecidedShard {
  readonly outcomes: Readonly<Partial<Record<OutcomeCode, number>>>;
  readonly decided_by?: Partial<DecidingValues> | undefined;
}

/** The outcomes of a shard that depend on an option whose value has changed: these rows may end differently now. */
export function undecided({ outcomes, decided_by }: DecidedShard, now: DecidingValues): ReadonlySet<OutcomeCode> {
  const isChanged = (option: DecidingOption) => (decided_by?.[option] ?? UNRECORDED[option]) !== now[option];
  return new Set((Object.keys(outcomes) as OutcomeCode[]).filter((code) => DECIDED_BY[code]?.some(isChanged)));
}
