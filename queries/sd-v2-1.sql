-- The pictures of Stable Diffusion 2.1. Its safety limit lets nearly everything through, so lower it.
-- Source: the model card of Stable Diffusion 2.1.
-- Keeps 24.9 % of aesthetics v2 4.5+.
-- Data sets: LAION aesthetics v2, COYO.
-- max_punsafe   (0.98)  probability of being unsafe, at most
-- min_aesthetic (4.5)   score, at least
-- min_size      (512)   pixels, both sides, at least
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE punsafe    <= coalesce(getvariable('max_punsafe'), 0.98)
  AND aesthetic  >= coalesce(getvariable('min_aesthetic'), 4.5)
  AND width  >= coalesce(getvariable('min_size'), 512)
  AND height >= coalesce(getvariable('min_size'), 512)
