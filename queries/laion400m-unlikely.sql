-- Pictures whose tag says that they are unlikely to be unsafe, of sets from before punsafe.
-- Source: what loaders of LAION-400M commonly do.
-- Keeps a share that nobody has published.
-- Data sets: LAION-400M.
-- No variables.
-- Rows in which NSFW is NULL or empty are left out.
SELECT * FROM metadata
WHERE upper(NSFW) = 'UNLIKELY'
