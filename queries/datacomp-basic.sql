-- DataComp's basic filter without its language test, which needs a classifier: more than two words, a size, an aspect.
-- Source: the baselines of mlfoundations/datacomp.
-- Keeps a share that nobody has published.
-- Data sets: DataComp.
-- min_words  (2)    words of the caption, above
-- min_length (5)    characters of the caption, above
-- min_size   (200)  pixels of the shorter side, at least
-- max_aspect (3)    longer side over shorter, at most
-- Rows in which the caption is NULL or a size unknown are left out; DataComp has no punsafe.
SELECT * FROM metadata
WHERE len(regexp_extract_all(caption, '\S+')) > coalesce(getvariable('min_words'), 2)
  AND length(caption) > coalesce(getvariable('min_length'), 5)
  AND shorter_side(width, height) >= coalesce(getvariable('min_size'), 200)
  AND greatest(aspect(width, height), aspect(height, width)) <= coalesce(getvariable('max_aspect'), 3)
