-- The rows that Re-LAION research keeps by score: all except almost certainly unsafe rows whose caption has a word of a list.
-- LAION's list is not public. Without a list, every caption counts as one with a word.
-- Source: LAION's post on Re-LAION-5B.
-- Keeps 98.9 % of laion2B-en with LAION's list, 98.5 % without.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- max_punsafe (0.95)  probability of being unsafe, at most, for captions with a word
-- words       ('')    regular expression of words, in any case
-- Leaves out rows with NULL in punsafe. A caption that is NULL counts as one with a word.
SELECT * FROM metadata
WHERE punsafe IS NOT NULL
  AND NOT (punsafe > coalesce(getvariable('max_punsafe'), 0.95)
    AND coalesce(regexp_matches(caption, coalesce(getvariable('words'), ''), 'i'), true))
