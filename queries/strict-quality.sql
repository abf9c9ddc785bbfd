-- A small, clean set: beautiful pictures without extreme shapes, fitting captions of sensible length, one row per URL.
-- Source: what users of aesthetics v2 commonly write.
-- prep adds the safety condition; the published recipe has none.
-- Unlike a plain filter, it needs memory or temporary disk for the rows that pass.
-- Keeps a share of rows that is not published.
-- Data sets: LAION aesthetics v2, COYO.
-- min_aesthetic  (6.5)   score, at least
-- min_similarity (0.28)  CLIP's cosine of picture and caption, at least
-- min_size       (512)   pixels, both sides, at least
-- max_pwatermark (0.5)   probability of a watermark, below
-- max_punsafe    (0.5)   probability of being unsafe, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE aesthetic  >= coalesce(getvariable('min_aesthetic'), 6.5)
  AND similarity >= coalesce(getvariable('min_similarity'), 0.28)
  AND width  >= coalesce(getvariable('min_size'), 512)
  AND height >= coalesce(getvariable('min_size'), 512)
  AND aspect(width, height) BETWEEN 0.5 AND 2
  AND length(caption) BETWEEN 20 AND 300
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.5)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
QUALIFY row_number() OVER (
  PARTITION BY url
  ORDER BY
    similarity DESC,
    hash(metadata)
) = 1
