-- Images that are likely free of watermarks, and very likely safe.
-- The thresholds are those of LAION-5B's safe subset without watermarks; Stable Diffusion 1.2 uses 0.5 for the watermark.
-- Keeps about 91 % of laion2B-en.
-- Source: LAION's post on LAION-5B.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- max_pwatermark (0.8)  probability of a watermark, below
-- max_punsafe    (0.5)  probability of being unsafe, below
-- Leaves out rows with NULL in any of the scores.
SELECT * FROM metadata
WHERE pwatermark < coalesce(getvariable('max_pwatermark'), 0.8)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
