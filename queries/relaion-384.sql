-- Pictures of at least 384 pixels, safe and with few watermarks: for training at 384.
-- Source: what users of Re-LAION commonly write, with the pictures' own sizes.
-- Keeps a share that nobody has published.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- min_size       (384)  pixels, both sides, at least
-- max_punsafe    (0.1)  probability of being unsafe, below
-- max_pwatermark (0.5)  probability of a watermark, below
-- Rows in which one of these columns is NULL are left out.
SELECT * FROM metadata
WHERE width  >= coalesce(getvariable('min_size'), 384)
  AND height >= coalesce(getvariable('min_size'), 384)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.1)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.5)
