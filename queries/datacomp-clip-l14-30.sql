-- The 30 % whose caption fits best by CLIP ViT-L/14: DataComp's strongest filter that needs metadata alone.
-- Source: the baselines of mlfoundations/datacomp.
-- Reads the scores twice and holds them once in memory, unlike a plain filter.
-- Keeps 30 % of CommonPool.
-- Data sets: DataComp.
-- share (0.3)  of the rows with a score, best first
-- Rows in which the score is NULL are left out; DataComp has no punsafe.
SELECT * FROM metadata
WHERE clip_l14_similarity_score >= (
  SELECT quantile_disc(clip_l14_similarity_score, 1 - coalesce(getvariable('share'), 0.3)) FROM metadata
)
