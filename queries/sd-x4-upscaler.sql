-- The large pictures on which the x4 upscaler of Stable Diffusion 2 was trained.
-- Source: the model card of the upscaler.
-- prep adds the safety condition; the published recipe has none.
-- Keeps about 6 % of laion-high-resolution.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- min_size    (2048)  pixels, both sides, above
-- max_punsafe (0.5)   probability of being unsafe, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE width  > coalesce(getvariable('min_size'), 2048)
  AND height > coalesce(getvariable('min_size'), 2048)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
