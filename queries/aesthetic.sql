-- Images that are likely beautiful, very likely safe and free of watermarks.
-- The thresholds are those of laion-aesthetic v1 (aesthetic over 7). Scores of aesthetics v2 lie much closer together:
-- there, 5 keeps a quarter of the rows and 6 keeps one in two hundred.
-- Keeps about 2 % of the v1 tables.
-- Source: laion-prepro, aesthetic_join.py.
-- Data sets: LAION aesthetic v1, LAION aesthetics v2, COYO.
-- min_aesthetic  (7)    score, above
-- max_punsafe    (0.5)  probability of being unsafe, below
-- max_pwatermark (0.8)  probability of a watermark, below
-- Leaves out rows with NULL in any of the scores.
SELECT * FROM metadata
WHERE aesthetic  > coalesce(getvariable('min_aesthetic'), 7)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.8)
