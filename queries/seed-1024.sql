-- Pictures of at least 1,024 pixels on both sides, for data sets without a safety score. For others use high-resolution.
-- Source: the usage guide of laion-prepro.
-- Keeps about 3.3 % of laion2B-en.
-- Data sets: LAION-400M, DataComp.
-- min_size (1024)  pixels, both sides, at least
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE width  >= coalesce(getvariable('min_size'), 1024)
  AND height >= coalesce(getvariable('min_size'), 1024)
