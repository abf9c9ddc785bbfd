-- Safe pictures without watermarks whose captions fit well.
-- Source: what users of the joined sets commonly write.
-- Keeps a share of rows that is not published.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- min_similarity (0.29)  CLIP's cosine of picture and caption, above
-- max_pwatermark (0.8)   probability of a watermark, below
-- max_punsafe    (0.5)   probability of being unsafe, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE similarity > coalesce(getvariable('min_similarity'), 0.29)
  AND pwatermark < coalesce(getvariable('max_pwatermark'), 0.8)
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
