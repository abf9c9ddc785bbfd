-- Captions that fit somewhat, by CLIP ViT-B/32.
-- Source: the baselines of mlfoundations/datacomp.
-- Keeps a share that nobody has published.
-- Data sets: DataComp.
-- min_similarity (0.25)  CLIP's cosine of picture and caption, at least
-- Rows in which the score is NULL are left out; DataComp has no punsafe.
SELECT * FROM metadata
WHERE similarity >= coalesce(getvariable('min_similarity'), 0.25)
