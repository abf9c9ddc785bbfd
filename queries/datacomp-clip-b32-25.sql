-- Captions that fit their picture moderately, by CLIP ViT-B/32.
-- Source: the baselines of mlfoundations/datacomp.
-- Keeps a share of rows that is not published.
-- Data sets: DataComp.
-- min_similarity (0.25)  CLIP's cosine of picture and caption, at least
-- Leaves out rows with NULL in the score. DataComp has no punsafe.
SELECT * FROM metadata
WHERE similarity >= coalesce(getvariable('min_similarity'), 0.25)
