// The check of verbs that download in their own process.
export { insistOnAddressSpace } from "../engine/address-space.ts";
