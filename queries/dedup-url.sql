-- One row per URL: that with the caption which fits best (similarity), of equal ones always the same.
-- Where the metadata have no similarity, take that line out.
-- Keeps about 88 % (COYO's share of distinct URLs). Needs memory or temporary disk for all rows, unlike a plain filter.
-- Source: common practice; COYO's README for the share.
-- Data sets: LAION-400M, LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO, DataComp.
-- No safety predicate, so that metadata without scores can be read: where there is a punsafe, add AND punsafe < 0.5, which leaves NULL out.
-- No variables. Rows without a URL are left out; rows without a similarity come last in their URL.
SELECT * FROM metadata
WHERE url IS NOT NULL
QUALIFY row_number() OVER (
  PARTITION BY url
  ORDER BY
    similarity DESC NULLS LAST,
    hash(metadata)
) = 1
