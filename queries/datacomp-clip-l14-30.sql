-- The 30 % with the best fitting captions, by CLIP ViT-L/14: DataComp's strongest filter that needs only metadata.
-- Source: the baselines of mlfoundations/datacomp.
-- Unlike a plain filter, it reads the scores twice and holds them in memory once.
-- Keeps 30 % of CommonPool.
-- Data sets: DataComp.
-- share (0.3)  of the rows with a score, best first
-- Leaves out rows with NULL in the score. DataComp has no punsafe.
SELECT * FROM metadata
WHERE clip_l14_similarity_score >= (
  SELECT quantile_disc(clip_l14_similarity_score, 1 - coalesce(getvariable('share'), 0.3)) FROM metadata
)
