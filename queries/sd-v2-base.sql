-- The pictures of the first stage of Stable Diffusion 2, whatever their size.
-- Source: the model card of Stable Diffusion 2.
-- Keeps a share of rows that is not published.
-- Data sets: LAION aesthetics v2, COYO.
-- max_punsafe   (0.1)  probability of being unsafe, below
-- min_aesthetic (4.5)  score, at least
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE punsafe    < coalesce(getvariable('max_punsafe'), 0.1)
  AND aesthetic  >= coalesce(getvariable('min_aesthetic'), 4.5)
