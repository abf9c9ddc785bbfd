-- The large pictures that the x4 upscaler of Stable Diffusion 2 learned from.
-- Source: the model card of the upscaler.
-- The safety condition is ours: the published recipe has none.
-- Keeps about 6 % of laion-high-resolution.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- min_size    (2048)  pixels, both sides, above
-- max_punsafe (0.5)   probability of being unsafe, below
-- Rows in which one of these columns is NULL are left out.
SELECT * FROM metadata
WHERE width  > coalesce(getvariable('min_size'), 2048)
  AND height > coalesce(getvariable('min_size'), 2048)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
