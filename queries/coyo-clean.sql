-- Pictures with few watermarks and a fair aesthetic score.
-- Source: what users of COYO-700M commonly write.
-- Keeps a share of rows that is not published.
-- Data sets: COYO.
-- max_pwatermark (0.5)  probability of a watermark, below
-- min_aesthetic  (5.0)  score, at least
-- max_punsafe    (0.5)  probability of being unsafe, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE pwatermark < coalesce(getvariable('max_pwatermark'), 0.5)
  AND aesthetic  >= coalesce(getvariable('min_aesthetic'), 5.0)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
