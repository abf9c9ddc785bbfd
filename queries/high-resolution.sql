-- Images of at least a given size on both sides that are very likely safe and free of watermarks.
-- The size is that of laion-high-resolution; the two scores are the thresholds that LAION publishes with LAION-5B.
-- Keeps about 3 % of laion2B-en.
-- Source: laion-prepro, high_resolution.py.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- min_size       (1024)  pixels, both sides
-- max_punsafe    (0.5)   probability of being unsafe, below
-- max_pwatermark (0.8)   probability of a watermark, below
-- Leaves out rows with NULL in a size or score.
SELECT * FROM metadata
WHERE width  >= coalesce(getvariable('min_size'), 1024)
  AND height >= coalesce(getvariable('min_size'), 1024)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.8)
