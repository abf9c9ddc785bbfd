-- Captions in one language.
-- Source: the language subsets on the hub.
-- prep adds the safety condition; the published recipe has none.
-- Keeps 2.1 % of laion2B-multi for vi.
-- Data sets: LAION multi joined.
-- language    ('vi')  ISO code as cld3 gives it
-- max_punsafe (0.5)   probability of being unsafe, below
-- Leaves out rows with NULL in any of these columns.
SELECT * FROM metadata
WHERE lower(language) = lower(coalesce(getvariable('language'), 'vi'))
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
