# Prints as JSON the rows and image bytes that Spark reads, from whole files and from small splits.
import json
import sys

from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.driver.bindAddress", "127.0.0.1")
spark = builder.config("spark.driver.host", "127.0.0.1").config("spark.sql.codegen.wholeStage", "false").getOrCreate()
seen = []
for path in sys.argv[1:]:
    counts = []
    for split in ("128m", "1m"):
        spark.conf.set("spark.sql.files.maxPartitionBytes", split)
        frame = spark.read.parquet(path)
        first, kind = frame.dtypes[0]
        images = f"sum(length({first}))" if kind == "binary" else "0"
        # A plain count would read the footers only, so count a column.
        rows, keys, size = frame.selectExpr("count(*)", "count(url)", images).first()
        counts.append([rows, keys, size])
    seen.append({"columns": frame.columns, "counts": counts})
print(json.dumps(seen))
