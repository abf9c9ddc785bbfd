-- One row per URL: the one whose caption fits best (similarity), and always the same one of equal rows.
-- If the metadata have no similarity, remove that line.
-- Keeps about 88 % (COYO's share of distinct URLs). Unlike a plain filter, it needs memory or temporary disk for all rows.
-- Source: common practice; COYO's README for the share.
-- Data sets: LAION-400M, LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO, DataComp.
-- No safety condition, so that it also reads metadata without scores. If there is a punsafe, add AND punsafe < 0.5, which leaves NULL out.
-- No variables. Leaves out rows without a URL. Of the rows of a URL, those without a similarity come last.
SELECT * FROM metadata
WHERE url IS NOT NULL
QUALIFY row_number() OVER (
  PARTITION BY url
  ORDER BY
    similarity DESC NULLS LAST,
    hash(metadata)
) = 1
