-- All rows with the scores of two tables: the join that laion-prepro does before a set is published.
-- Needs --table safety="..." with the columns hash and punsafe, and --table watermark="..." with hash and pwatermark.
-- If a hash has several scores, the highest counts, so that their order does not matter.
-- Keeps 100 % of metadata that have a column hash and none of the two scores. Needs memory or temporary disk for the tables.
-- Source: laion-prepro, big_join.py.
-- Data sets: LAION-400M with a column hash, LAION tables before the join.
-- No safety condition, because it makes the scores. Filter its result by the query safe.
-- No variables. A score is NULL if its table has none for the row; both are NULL if the row has no hash.
WITH
safety_tags AS (SELECT hash, max(punsafe) AS punsafe FROM safety GROUP BY hash),
watermark_tags AS (SELECT hash, max(pwatermark) AS pwatermark FROM watermark GROUP BY hash),
tags AS (SELECT hash, punsafe, pwatermark FROM safety_tags FULL JOIN watermark_tags USING (hash))
SELECT metadata.*, tags.punsafe, tags.pwatermark
FROM metadata
LEFT JOIN tags ON metadata.hash = tags.hash
