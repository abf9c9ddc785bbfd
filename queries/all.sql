-- Every row that has a URL: shuffle, cut and download without a filter.
-- Keeps 100 %.
-- Source: the first stage of Stable Diffusion 1.1; open_clip on LAION-2B.
-- Data sets: LAION-400M, LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO, DataComp.
-- No variables. Keeps rows with NULL in any other column.
-- No safety condition, so that it also reads metadata without scores. If there is a punsafe, use the query safe.
SELECT * FROM metadata
WHERE url IS NOT NULL
