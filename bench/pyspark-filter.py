# The peer of bench:filter: the guide's pyspark job, timed with and without the start of its JVM.
import json
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import rand

job = json.loads(sys.argv[1])
begin = time.time()
session = (
    SparkSession.builder.master(f"local[{job['threads']}]")
    .config("spark.driver.memory", "4g")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.local.dir", job["temp"])
    .config("spark.ui.enabled", "false")
    .config("spark.sql.parquet.compression.codec", "snappy")
    .getOrCreate()
)
session.sparkContext.setLogLevel("ERROR")
ready = time.time()
rows = session.read.parquet(job["input"]).where(job["where"])
rows.orderBy(rand()).repartition(job["partitions"]).write.parquet(job["output"])
done = time.time()
session.stop()
# The JVM ends when its standard input closes; waiting for it lets the bench see its CPU time.
gateway = session.sparkContext._gateway
gateway.shutdown()
jvm = getattr(gateway, "proc", None)
if jvm is not None:
    jvm.stdin.close()
    jvm.wait(30)
print(json.dumps({"startSeconds": ready - begin, "seconds": done - ready}))
