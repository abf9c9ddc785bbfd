// The options of img2dataset, and what prep does with each; docs/img2dataset.md follows from them.

/** How `prep download` answers an option: the same meaning, a better one, or none, which is accepted with a notice. */
export type PeerAnswer = "same" | "better" | "none";

/** One option of img2dataset. */
export interface PeerOption {
  /** As in its documentation. */
  readonly name: string;
  /** Its default there, as Python writes it. */
  readonly default: string;
  readonly answer: PeerAnswer;
  /** Our option, without dashes. */
  readonly option: string;
  /** What differs or is worth knowing; may be empty. */
  readonly note: string;
}

/** The version with these 37 options; `ignore_ssl_certificate` came later. */
export const PEER_VERSION = "1.47.0";

const WANDB = "Accepted with a notice: `--json` prints the same figures as events, one JSON object a line.";

/** In the order of its documentation. */
export const PEER_OPTIONS: readonly PeerOption[] = [
  peer("url_list", "required", "better", "The argument of `prep download`, also taken under this name; several files or folders."),
  peer("image_size", "256", "same", ""),
  peer("output_folder", '"images"', "same", "Also `-o`. A local path.", "output"),
  peer("processes_count", "1", "better", "One for every 4 cores, unless given."),
  peer("resize_mode", '"border"', "same", ""),
  peer("resize_only_if_bigger", "False", "same", ""),
  peer("upscale_interpolation", '"lanczos"', "same", "Also `bilinear`, `bicubic` and `lanczos4`. `--no-upscale` enlarges nothing."),
  peer(
    "downscale_interpolation",
    '"area"',
    "same",
    "By libvips's kernels, which average pixels that OpenCV skips; `area` is its cubic, the closest to OpenCV's; `nearest` is approximate.",
  ),
  peer("encode_quality", "95", "better", "For png the compression level, 6 unless given; img2dataset stops without one."),
  peer("encode_format", '"jpg"', "same", ""),
  peer(
    "skip_reencode",
    "False",
    "better",
    "Recognises every JPEG, decodes nothing in vain, never stores a picture that ends early, and never stores a picture with boxes as downloaded.",
  ),
  peer("output_format", '"files"', "same", ""),
  peer("input_format", '"txt"', "better", "By the files' names, unless given."),
  peer("url_col", '"url"', "same", "A wrong name is refused before any download, with the names that exist."),
  peer("caption_col", "None", "same", ""),
  peer(
    "bbox_col",
    "None",
    "better",
    "No picture with a box is ever stored unblurred (img2dataset does so with `skip_reencode`), and unreadable boxes fail the sample as `bad_boxes`. Not with `disable_all_reencoding`.",
  ),
  peer("number_sample_per_shard", "10000", "same", ""),
  peer("extract_exif", "True", "same", ""),
  peer(
    "save_additional_columns",
    "None",
    "better",
    "Also `all`; a name that the record itself uses is carried as `metadata_NAME` instead of refused.",
  ),
  peer(
    "thread_count",
    "256",
    "better",
    "Downloads in flight in each process: sockets, not threads; 128 for each of its cores, at least 256.",
  ),
  peer(
    "timeout",
    "10",
    "better",
    "The longest silence; `--total-timeout` ends endless slow bodies, `--max-image-bytes` endless fast ones.",
  ),
  peer("retries", "0", "better", "Only retries failures that may pass, with back-off and as Retry-After says."),
  peer(
    "max_shard_retry",
    "1",
    "none",
    "Accepted with a notice: a shard whose worker dies is begun again, and the same command does the shards that are left.",
  ),
  peer(
    "disable_all_reencoding",
    "False",
    "same",
    "`--true-extension` names members by their real format; the sidecar's `source_format` always has it.",
  ),
  peer("min_image_size", "0", "better", "The row of a refused picture has its size; the picture is not decoded."),
  peer("max_image_area", "inf", "better", "Likewise."),
  peer("max_aspect_ratio", "inf", "better", "Likewise."),
  peer("compute_hash", '"sha256"', "same", "`None` for none."),
  peer(
    "verify_hash",
    "None",
    "better",
    "The case of letters does not matter; the algorithm may differ from `compute_hash`; a missing digest is a mismatch.",
  ),
  peer("incremental_mode", '"incremental"', "better", "Existing shards are never lost."),
  peer("oom_shard_count", "5", "same", ""),
  peer(
    "distributor",
    '"multiprocessing"',
    "none",
    "Accepted; `pyspark` and `ray` with a notice: prep starts its own workers on this machine; give each of several machines its part of the input.",
  ),
  peer("subjob_size", "1000", "none", "Accepted with a notice: a free worker takes the next shard; there are no barriers."),
  peer("enable_wandb", "False", "none", WANDB),
  peer("wandb_project", '"img2dataset"', "none", WANDB),
  peer(
    "user_agent_token",
    "None",
    "better",
    "Sent beside prep's name instead of a browser's; X-Robots-Tag rules for either name apply. `--contact` adds an address.",
  ),
  peer(
    "disallowed_header_directives",
    "None",
    "same",
    "None means noai, noimageai, noindex, noimageindex in both; `[]` ignores the header.",
  ),
  peer("ignore_ssl_certificate", "False", "same", "Newer than 1.47.0; also taken under its own name.", "insecure-tls"),
];

function peer(name: string, fallback: string, answer: PeerAnswer, note: string, option = name.replaceAll("_", "-")): PeerOption {
  return { name, default: fallback, answer, option, note };
}
