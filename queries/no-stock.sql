-- Pictures that are not on the sites of stock agencies, whose previews carry watermarks.
-- Source: subsets of LAION made by users.
-- registrable_domain is a function of prep; prep's script for the DuckDB shell defines it.
-- Keeps more than 90 %.
-- Data sets: LAION joined, LAION multi joined, LAION aesthetic v1, LAION aesthetics v2, Re-LAION, COYO.
-- domains     ('123rf.com,alamy.com,depositphotos.com,dreamstime.com,gettyimages.com,istockphoto.com,shutterstock.com')  registrable domains, separated by commas
-- max_punsafe (0.5)                                                                                                      probability of being unsafe, below
-- Leaves out rows without a host or with NULL in punsafe.
SELECT * FROM metadata
WHERE registrable_domain(url) IS NOT NULL
  AND NOT list_contains(
    string_split(coalesce(getvariable('domains'), '123rf.com,alamy.com,depositphotos.com,dreamstime.com,gettyimages.com,istockphoto.com,shutterstock.com'), ','),
    registrable_domain(url)
  )
  AND punsafe    < coalesce(getvariable('max_punsafe'), 0.5)
