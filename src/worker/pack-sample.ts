// Takes one sample through fetch and transform into the shard, or records why it failed.
import type { Sample } from "../core/sample.ts";
import type { ManifestRow } from "../manifest/manifest-row.ts";
import type { KeyOrder } from "../shard/key-order.ts";
import type { SamplePacker } from "../shard/output-format.ts";
import { sampleDigest } from "../shard/sample-digest.ts";
import type { DecodeNote } from "../transform/decoder/decode-note.ts";
import { checkDigests } from "./check-digests.ts";
import type { ShardResources } from "./worker-resources.ts";

/** Fetches, transforms and packs one sample. Returns its row, which says what was wrong if it failed. */
export async function packSample(
  sample: Sample,
  note: DecodeNote,
  order: KeyOrder,
  pack: SamplePacker,
  resources: ShardResources,
  signal: AbortSignal,
): Promise<ManifestRow> {
  const { shape } = resources.plan;
  const fetched = await resources.fetcher.fetch(sample.url, signal);
  const common = {
    index: sample.index,
    key: sample.key,
    attempts: fetched.attempts,
    fetchMs: fetched.elapsedMs,
    ...(fetched.httpStatus === undefined ? {} : { httpStatus: fetched.httpStatus }),
  };
  if (!fetched.ok) {
    await order.skip(sample.index);
    return { ...common, outcome: fetched.failure.code, ...(fetched.failure.detail ? { detail: fetched.failure.detail } : {}) };
  }
  try {
    const downloadedBytes = fetched.body.length;
    const listed = resources.blockList?.ofBody(fetched.body);
    if (listed !== undefined) {
      await order.skip(sample.index);
      return { ...common, outcome: "block_listed", detail: listed, downloadedBytes };
    }
    const { digest, mismatch } = checkDigests(fetched.body, sample, shape);
    const stored = mismatch ?? (await resources.transformer.transform(fetched.body, sample.boxes, note));
    if (!stored.ok) {
      await order.skip(sample.index);
      return {
        ...common,
        outcome: stored.failure.code,
        ...(stored.failure.detail ? { detail: stored.failure.detail } : {}),
        downloadedBytes,
        ...(stored.sourceFormat === undefined ? {} : { sourceFormat: stored.sourceFormat }),
        ...(stored.originalWidth === undefined ? {} : { originalWidth: stored.originalWidth }),
        ...(stored.originalHeight === undefined ? {} : { originalHeight: stored.originalHeight }),
      };
    }
    const { exif, ...image } = stored;
    const withExif = shape.transform.extractExif ? { ...image, exif } : image;
    const entries = pack(sample, withExif, digest);
    await order.put(sample.index, sample.key, entries);
    return {
      ...common,
      outcome: "success",
      downloadedBytes,
      storedBytes: stored.image.length,
      ...(stored.sourceFormat ? { sourceFormat: stored.sourceFormat } : {}),
      ...(stored.width === null ? {} : { width: stored.width }),
      ...(stored.height === null ? {} : { height: stored.height }),
      ...(stored.originalWidth === null ? {} : { originalWidth: stored.originalWidth }),
      ...(stored.originalHeight === null ? {} : { originalHeight: stored.originalHeight }),
      ...(exif === null ? {} : { exif }),
      ...(digest ? { digest: digest.hex } : {}),
      sampleDigest: sampleDigest(entries),
    };
  } finally {
    fetched.release();
  }
}
