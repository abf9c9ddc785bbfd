-- The conditions by which COYO-700M itself was made.
-- Source: the README of kakaobrain/coyo-dataset.
-- Keeps 100 % of COYO by construction.
-- Data sets: COYO.
-- min_size    (200)  pixels of the shorter side, at least
-- max_aspect  (3)    longer side over shorter, at most
-- max_punsafe (0.5)  probability of being unsafe, at most
-- min_words   (3)    words of the caption, at least
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE shorter_side(width, height) >= coalesce(getvariable('min_size'), 200)
  AND greatest(aspect(width, height), aspect(height, width)) <= coalesce(getvariable('max_aspect'), 3)
  AND punsafe    <= coalesce(getvariable('max_punsafe'), 0.5)
  AND length(caption) BETWEEN 6 AND 1000
  AND len(regexp_extract_all(caption, '\S+')) >= coalesce(getvariable('min_words'), 3)
