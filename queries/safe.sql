-- Images that are very likely safe.
-- The threshold is that of laion5B-safe (LAION-5B paper); Re-LAION uses 0.45.
-- Keeps about 97 % of laion2B-en.
-- Source: LAION's post on LAION-5B.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- max_punsafe (0.5)  probability of being unsafe, below
-- Leaves out rows with NULL in punsafe, because nothing is known about them.
SELECT * FROM metadata
WHERE punsafe < coalesce(getvariable('max_punsafe'), 0.5)
