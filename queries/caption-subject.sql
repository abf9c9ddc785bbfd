-- Pictures whose caption mentions a subject.
-- Source: subsets of LAION made for one subject.
-- Keeps a share of rows that is not published.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- words          ('cats?|kittens?')  regular expression of whole words, in any case
-- min_size       (256)               pixels, both sides, at least
-- max_punsafe    (0.5)               probability of being unsafe, below
-- max_pwatermark (0.5)               probability of a watermark, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE regexp_matches(caption, '\b(' || coalesce(getvariable('words'), 'cats?|kittens?') || ')\b', 'i')
  AND width  >= coalesce(getvariable('min_size'), 256)
  AND height >= coalesce(getvariable('min_size'), 256)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.5)
