-- The pictures of Stable Diffusion 2 at 512 pixels.
-- Source: the model card of Stable Diffusion 2.
-- Keeps a share of rows that is not published.
-- Data sets: LAION aesthetics v2, COYO.
-- max_punsafe   (0.1)  probability of being unsafe, below
-- min_aesthetic (4.5)  score, at least
-- min_size      (512)  pixels, both sides, at least
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE punsafe    < coalesce(getvariable('max_punsafe'), 0.1)
  AND aesthetic  >= coalesce(getvariable('min_aesthetic'), 4.5)
  AND width  >= coalesce(getvariable('min_size'), 512)
  AND height >= coalesce(getvariable('min_size'), 512)
