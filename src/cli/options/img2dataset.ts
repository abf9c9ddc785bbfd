// The process edge: img2dataset's options, one by one, and what answers each here; docs/img2dataset.md is made of it.

/** How `prep download` answers: the same meaning, a better one, or none, in which case it is accepted with a notice. */
export type PeerAnswer = "same" | "better" | "none";

/** One option of img2dataset. */
export interface PeerOption {
  /** As its documentation writes it. */
  readonly name: string;
  /** Its default there, as Python writes it. */
  readonly default: string;
  readonly answer: PeerAnswer;
  /** Our option, without dashes; another word than the name's where ours is called otherwise. */
  readonly option: string;
  /** What differs or is worth knowing; empty where nothing is. */
  readonly note: string;
}

/** The version whose 37 options these are; `ignore_ssl_certificate` came after it. */
export const PEER_VERSION = "1.47.0";

const WANDB = "Accepted with a notice: `--json` prints the same figures as events, one JSON object a line.";

/** In the order of its documentation. */
export const PEER_OPTIONS: readonly PeerOption[] = [
  peer("url_list", "required", "better", "The argument of `prep download`, also under this name; several files or folders."),
  peer("image_size", "256", "same", ""),
  peer("output_folder", '"images"', "same", "Also `-o`. A local path.", "output"),
  peer("processes_count", "1", "better", "As many as the cores are worth, unless given."),
  peer("resize_mode", '"border"', "same", ""),
  peer("resize_only_if_bigger", "False", "same", ""),
  peer("upscale_interpolation", '"lanczos"', "same", "With `bilinear`, `bicubic` and `lanczos4` too. `--no-upscale` enlarges nothing."),
  peer(
    "downscale_interpolation",
    '"area"',
    "same",
    "By libvips's kernels, which average what OpenCV leaves out; `area` is its cubic, the closest to OpenCV's, and `nearest` is approximate.",
  ),
  peer("encode_quality", "95", "better", "For png the compression level, 6 unless given, where the peer stops."),
  peer("encode_format", '"jpg"', "same", ""),
  peer(
    "skip_reencode",
    "False",
    "better",
    "Every JPEG is recognised, nothing is decoded in vain, what ends early is never stored, and a picture with boxes is never stored as it came.",
  ),
  peer("output_format", '"files"', "same", ""),
  peer("input_format", '"txt"', "better", "Told by the files' names unless given."),
  peer("url_col", '"url"', "same", "A wrong name is refused before any download, with the names that there are."),
  peer("caption_col", "None", "same", ""),
  peer(
    "bbox_col",
    "None",
    "better",
    "No picture with a box is ever stored unblurred (the peer does so with `skip_reencode`), and boxes that cannot be read fail the sample as `bad_boxes`. Not with `disable_all_reencoding`.",
  ),
  peer("number_sample_per_shard", "10000", "same", ""),
  peer("extract_exif", "True", "same", ""),
  peer(
    "save_additional_columns",
    "None",
    "better",
    "Also `all`; a name that the record uses itself is carried as `metadata_NAME` instead of refused.",
  ),
  peer(
    "thread_count",
    "256",
    "better",
    "Downloads in flight, for each process: sockets, not threads; 128 for each of its cores, 256 at least.",
  ),
  peer(
    "timeout",
    "10",
    "better",
    "The longest silence; `--total-timeout` ends what drips on for ever, `--max-image-bytes` what never ends.",
  ),
  peer("retries", "0", "better", "Only failures that may pass are tried again, with back-off and as Retry-After says."),
  peer(
    "max_shard_retry",
    "1",
    "none",
    "Accepted with a notice: a shard whose worker dies is begun again, and the same command does what is left.",
  ),
  peer(
    "disable_all_reencoding",
    "False",
    "same",
    "`--true-extension` names members by what they are; the sidecar's `source_format` always says it.",
  ),
  peer("min_image_size", "0", "better", "The size found is in the row of a refused picture; nothing of it is decoded."),
  peer("max_image_area", "inf", "better", "Likewise."),
  peer("max_aspect_ratio", "inf", "better", "Likewise."),
  peer("compute_hash", '"sha256"', "same", "`None` for none."),
  peer(
    "verify_hash",
    "None",
    "better",
    "The letters' case does not matter; the algorithm need not be `compute_hash`'s; a missing digest is a mismatch.",
  ),
  peer("incremental_mode", '"incremental"', "better", "Nothing that is there is lost."),
  peer("oom_shard_count", "5", "same", ""),
  peer(
    "distributor",
    '"multiprocessing"',
    "none",
    "Accepted; `pyspark` and `ray` with a notice: prep starts its own workers on this machine, and on several each gets its part of the input.",
  ),
  peer("subjob_size", "1000", "none", "Accepted with a notice: a worker that is free takes the next shard, and there are no barriers."),
  peer("enable_wandb", "False", "none", WANDB),
  peer("wandb_project", '"img2dataset"', "none", WANDB),
  peer(
    "user_agent_token",
    "None",
    "better",
    "Sent beside our own name instead of a browser's; X-Robots-Tag rules for either name hold. `--contact` adds an address.",
  ),
  peer("disallowed_header_directives", "None", "same", "None is noai, noimageai, noindex, noimageindex in both; `[]` ignores the header."),
  peer("ignore_ssl_certificate", "False", "same", "Came after 1.47.0; taken under its own name too.", "insecure-tls"),
];

function peer(name: string, fallback: string, answer: PeerAnswer, note: string, option = name.replaceAll("_", "-")): PeerOption {
  return { name, default: fallback, answer, option, note };
}
