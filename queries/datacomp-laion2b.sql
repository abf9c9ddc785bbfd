-- The rows of CommonPool that LAION-2B would have kept, without its language test.
-- Source: the baselines of mlfoundations/datacomp.
-- Keeps a share of rows that is not published.
-- Data sets: DataComp.
-- min_similarity (0.28)  CLIP's cosine of picture and caption, at least
-- Leaves out rows with NULL in the score. DataComp has no punsafe.
SELECT * FROM metadata
WHERE similarity >= coalesce(getvariable('min_similarity'), 0.28)
