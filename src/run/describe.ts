// `prep describe`: a profile of metadata.
export { type Description, describeMetadata, type ProfiledNumber, QUANTILES, type Share } from "../explore/describe.ts";
