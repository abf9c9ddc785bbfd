-- The pictures with which latent consistency models are distilled.
-- Source: the LCM scripts of diffusers.
-- prep adds the safety condition; the published recipe has none.
-- Keeps about 2 % of laion2B-en.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- min_size       (1024)  pixels, both sides, at least
-- max_pwatermark (0.5)   probability of a watermark, at most
-- max_punsafe    (0.5)   probability of being unsafe, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE width  >= coalesce(getvariable('min_size'), 1024)
  AND height >= coalesce(getvariable('min_size'), 1024)
  AND pwatermark <= coalesce(getvariable('max_pwatermark'), 0.5)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
