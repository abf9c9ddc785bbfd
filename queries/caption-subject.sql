-- Pictures whose caption speaks of something.
-- Source: subsets of LAION made for one subject.
-- Keeps a share that nobody has published.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- words          ('cats?|kittens?')  regular expression of whole words, in any case
-- min_size       (256)               pixels, both sides, at least
-- max_punsafe    (0.5)               probability of being unsafe, below
-- max_pwatermark (0.5)               probability of a watermark, below
-- Rows in which one of these columns is NULL are left out.
SELECT * FROM metadata
WHERE regexp_matches(caption, '\b(' || coalesce(getvariable('words'), 'cats?|kittens?') || ')\b', 'i')
  AND width  >= coalesce(getvariable('min_size'), 256)
  AND height >= coalesce(getvariable('min_size'), 256)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.5)
