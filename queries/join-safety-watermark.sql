-- All rows with the scores of two tables beside them: the join that laion-prepro does before a set is published.
-- Needs --table safety="..." with the columns hash and punsafe, and --table watermark="..." with hash and pwatermark.
-- Of several scores for one hash the highest counts, so that it does not matter in which order they come.
-- Keeps 100 % of metadata that have a column hash and none of the two scores. Needs memory or temporary disk for the tables.
-- Source: laion-prepro, big_join.py.
-- Data sets: LAION-400M with a column hash, LAION tables before the join.
-- No safety predicate, since it makes the scores: filter what it gives by the query safe.
-- No variables. A score is NULL where its table has none for the row, both where the row has no hash.
WITH
safety_tags AS (SELECT hash, max(punsafe) AS punsafe FROM safety GROUP BY hash),
watermark_tags AS (SELECT hash, max(pwatermark) AS pwatermark FROM watermark GROUP BY hash),
tags AS (SELECT hash, punsafe, pwatermark FROM safety_tags FULL JOIN watermark_tags USING (hash))
SELECT metadata.*, tags.punsafe, tags.pwatermark
FROM metadata
LEFT JOIN tags ON metadata.hash = tags.hash
