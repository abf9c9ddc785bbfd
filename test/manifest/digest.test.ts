// Digests against the test vectors of RFC 1321 and FIPS 180-4.
import { expect, it } from "vitest";
import { DIGEST_ALGORITHMS, digestOf } from "../../src/manifest/digest.ts";

const VECTORS = {
  md5: "900150983cd24fb0d6963f7d28e17f72",
  sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  sha512:
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
};

it.each(DIGEST_ALGORITHMS)("%s of abc is that of its standard", (algorithm) => {
  expect(digestOf(Buffer.from("abc"), algorithm)).toBe(VECTORS[algorithm]);
});
