-- Pictures for training at 384 pixels: at least that size, safe, with few watermarks.
-- Source: what users of Re-LAION commonly write, with the pictures' own sizes.
-- Keeps a share of rows that is not published.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- min_size       (384)  pixels, both sides, at least
-- max_punsafe    (0.1)  probability of being unsafe, below
-- max_pwatermark (0.5)  probability of a watermark, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE width  >= coalesce(getvariable('min_size'), 384)
  AND height >= coalesce(getvariable('min_size'), 384)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.1)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.5)
