-- The pictures of Stable Diffusion 1.2 to 1.4: beautiful by the second predictor, 512 pixels, few watermarks.
-- Source: the model card of Stable Diffusion v1.
-- The safety condition is ours: the published recipe has none.
-- Keeps a share that nobody has published.
-- Data sets: LAION aesthetics v2, COYO.
-- min_aesthetic  (5.0)  score, above
-- min_size       (512)  pixels, both sides, at least
-- max_pwatermark (0.5)  probability of a watermark, below
-- max_punsafe    (0.5)  probability of being unsafe, below
-- Rows in which one of these columns is NULL are left out.
SELECT * FROM metadata
WHERE aesthetic  > coalesce(getvariable('min_aesthetic'), 5.0)
  AND width  >= coalesce(getvariable('min_size'), 512)
  AND height >= coalesce(getvariable('min_size'), 512)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.5)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
