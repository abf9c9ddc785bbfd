-- Pictures tagged as unlikely to be unsafe, in sets from before punsafe.
-- Source: what loaders of LAION-400M commonly do.
-- Keeps a share of rows that is not published.
-- Data sets: LAION-400M.
-- No variables.
-- Leaves out rows with NULL or no text in NSFW.
SELECT * FROM metadata
WHERE upper(NSFW) = 'UNLIKELY'
