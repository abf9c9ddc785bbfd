# Prints as JSON what pyarrow reads from partitions: rows, schema, and some values of each column.
import base64
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def plain(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, dict):
        return {str(name): plain(member) for name, member in value.items()}
    if value is None or isinstance(value, (bool, str)) or (isinstance(value, (int, float)) and abs(value) < 2**53):
        return value  # JSON cannot carry other numbers exactly, so they become text.
    return str(value)


def main(paths):
    tables = [pq.read_table(path, partitioning=None) for path in paths]
    table = pa.concat_tables(tables)
    values = {}
    for name in table.column_names:
        column = table.column(name).drop_null()
        kept = column.slice(0, 3)
        try:
            members = kept.to_pylist()
        except Exception:  # Python has no dates before year 1 and no infinite ones; use pyarrow's integers.
            members = kept.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64()).to_pylist()
        values[name] = {"count": len(column), "values": [plain(member) for member in members]}
    schema = {field.name: str(field.type) for field in table.schema}
    print(json.dumps({"rows": table.num_rows, "schema": schema, "values": values, "sums": sum(table.column("i").to_pylist())}))


main(sys.argv[1:])
