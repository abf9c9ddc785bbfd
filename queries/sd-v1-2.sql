-- The pictures of Stable Diffusion 1.2 to 1.4: aesthetic score of v2, 512 pixels, few watermarks.
-- Source: the model card of Stable Diffusion v1.
-- prep adds the safety condition; the published recipe has none.
-- Keeps a share of rows that is not published.
-- Data sets: LAION aesthetics v2, COYO.
-- min_aesthetic  (5.0)  score, above
-- min_size       (512)  pixels, both sides, at least
-- max_pwatermark (0.5)  probability of a watermark, below
-- max_punsafe    (0.5)  probability of being unsafe, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE aesthetic  > coalesce(getvariable('min_aesthetic'), 5.0)
  AND width  >= coalesce(getvariable('min_size'), 512)
  AND height >= coalesce(getvariable('min_size'), 512)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.5)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
