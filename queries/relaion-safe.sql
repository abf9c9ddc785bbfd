-- The rows that Re-LAION research-safe keeps by score.
-- Source: LAION's post on Re-LAION-5B.
-- Keeps 96.96 % of laion2B-en.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- max_punsafe (0.45)  probability of being unsafe, at most
-- Leaves out rows with NULL in punsafe, because nothing is known about them.
SELECT * FROM metadata
WHERE punsafe    <= coalesce(getvariable('max_punsafe'), 0.45)
