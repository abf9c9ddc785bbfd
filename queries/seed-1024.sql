-- Pictures of at least 1,024 pixels on both sides, of data sets that carry no safety score; the others: high-resolution.
-- Source: the usage guide of laion-prepro.
-- Keeps about 3.3 % of laion2B-en.
-- Data sets: LAION-400M, DataComp.
-- min_size (1024)  pixels, both sides, at least
-- Rows in which one of these columns is NULL are left out.
SELECT * FROM metadata
WHERE width  >= coalesce(getvariable('min_size'), 1024)
  AND height >= coalesce(getvariable('min_size'), 1024)
