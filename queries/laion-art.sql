-- The most beautiful pictures by LAION's first aesthetic predictor: laion-art.
-- Source: laion-prepro, laion_art.py.
-- Keeps about 0.14 % of the v1 tables.
-- Data sets: LAION aesthetic v1.
-- min_aesthetic  (8)    score, above
-- max_punsafe    (0.5)  probability of being unsafe, below
-- max_pwatermark (0.8)  probability of a watermark, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE aesthetic  > coalesce(getvariable('min_aesthetic'), 8)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.8)
