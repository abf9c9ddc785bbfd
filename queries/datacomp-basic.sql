-- DataComp's basic filter without its language test, which needs a classifier: caption length, picture size and aspect ratio.
-- Source: the baselines of mlfoundations/datacomp.
-- Keeps a share of rows that is not published.
-- Data sets: DataComp.
-- min_words  (2)    words of the caption, above
-- min_length (5)    characters of the caption, above
-- min_size   (200)  pixels of the shorter side, at least
-- max_aspect (3)    longer side over shorter, at most
-- Leaves out rows with NULL in the caption or an unknown size. DataComp has no punsafe.
SELECT * FROM metadata
WHERE len(regexp_extract_all(caption, '\S+')) > coalesce(getvariable('min_words'), 2)
  AND length(caption) > coalesce(getvariable('min_length'), 5)
  AND shorter_side(width, height) >= coalesce(getvariable('min_size'), 200)
  AND greatest(aspect(width, height), aspect(height, width)) <= coalesce(getvariable('max_aspect'), 3)
