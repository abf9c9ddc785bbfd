-- Pictures for fine-tuning: hardly any watermarks, and a good aesthetic score.
-- Source: finetrainers.
-- prep adds the safety condition; the published recipe has none.
-- Keeps a share of rows that is not published.
-- Data sets: LAION aesthetics v2, COYO.
-- max_pwatermark (0.1)  probability of a watermark, below
-- min_aesthetic  (5.5)  score, above
-- max_punsafe    (0.5)  probability of being unsafe, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE pwatermark < coalesce(getvariable('max_pwatermark'), 0.1)
  AND aesthetic  > coalesce(getvariable('min_aesthetic'), 5.5)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
