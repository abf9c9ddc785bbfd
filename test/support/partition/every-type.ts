// Makes rows with a column of every type that DuckDB has.

/** A SELECT that returns this number of rows. */
export const everyType = (
  rows: number,
) => `SELECT i, (i % 100)::TINYINT AS a1, (i % 100)::UTINYINT AS a2, (i % 30000)::SMALLINT AS a3, (i % 60000)::USMALLINT AS a4, i::INT AS a5,
  i::UINTEGER AS a6, i::UBIGINT AS a7, (i % 99)::DECIMAL(4,1) AS d1, i::DECIMAL(9,2) AS d2, i::DECIMAL(18,3) AS d3,
  (i::HUGEINT * 10::HUGEINT ** 30)::DECIMAL(38,0) AS d4, i::FLOAT AS f1, if(i % 5 = 0, 'nan'::DOUBLE, i / 3) AS f2, i % 2 = 0 AS b,
  if(i % 3 = 0, NULL, 'text ' || i) AS s, encode('blob' || i) AS bl, md5(i::VARCHAR)::UUID AS u, DATE '2020-01-01' + i::INT AS dt,
  TIME '01:02:03' AS tm, '01:02:03+02'::TIMETZ AS tz, TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND AS ts, '2020-01-01'::TIMESTAMP_S AS tss,
  '2020-01-01 00:00:00.123456789'::TIMESTAMP_NS AS tsn, '2020-01-01 00:00:00+00'::TIMESTAMPTZ AS tsz, INTERVAL (i) DAY AS iv,
  NULL AS nothing, NULL::VARCHAR AS no_text, range(i % 4) AS l, []::INT[] AS le, {'x': i, 'y': [{'z': 'q' || i}]} AS st,
  MAP {'k' || i: i} AS m, [i, i + 1, i + 2]::BIGINT[3] AS arr, '{"a":1}'::JSON AS js, 'a'::ENUM('a', 'b') AS en, repeat('long', (i % 50)::INT * 20) AS lo
  FROM range(${rows}) r(i)`;
