-- Hardly any watermark and a good score: for fine-tuning.
-- Source: finetrainers.
-- The safety condition is ours: the published recipe has none.
-- Keeps a share that nobody has published.
-- Data sets: LAION aesthetics v2, COYO.
-- max_pwatermark (0.1)  probability of a watermark, below
-- min_aesthetic  (5.5)  score, above
-- max_punsafe    (0.5)  probability of being unsafe, below
-- Rows in which one of these columns is NULL are left out.
SELECT * FROM metadata
WHERE pwatermark < coalesce(getvariable('max_pwatermark'), 0.1)
  AND aesthetic  > coalesce(getvariable('min_aesthetic'), 5.5)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
