# Prints as JSON what common readers see in shards of each format: image digests by key, and types.
import hashlib
import json
import struct
import sys

import crc32c
import pyarrow.parquet as pq
import webdataset as wds
from tfrecord import example_pb2


def digest(data):
    return hashlib.sha256(data).hexdigest()


def read_parquet(path):
    file = pq.ParquetFile(path, page_checksum_verification=True)
    table = file.read()
    image = table.column_names[0]
    rows = zip(table.column("key").to_pylist(), table.column("status").to_pylist(), table.column(image).to_pylist())
    groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
    # Loaders read group by group, and the images only.
    pieces = sum(len(piece) for index in range(file.num_row_groups) for piece in [file.read_row_group(index, columns=[image])])
    return {
        "images": {key: digest(data) for key, status, data in rows if status == "success"},
        "empty": sum(1 for data in table.column(image).to_pylist() if data is None),
        "schema": {field.name: str(field.type) for field in table.schema},
        "rows": table.num_rows,
        "pieces": pieces,
        "groupBytes": [group.column(0).total_compressed_size for group in groups],
        "nulls": sum(group.column(0).statistics.null_count for group in groups),
    }


def masked(data):
    crc = crc32c.crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def read_tfrecord(path):
    images, kinds = {}, {}
    with open(path, "rb") as file:
        while header := file.read(12):
            length, crc = struct.unpack("<QI", header)
            assert crc == masked(header[:8]), "the length's checksum"
            data = file.read(length)
            assert len(data) == length and struct.unpack("<I", file.read(4))[0] == masked(data), "the record's checksum"
            example = example_pb2.Example.FromString(data)
            feature = example.features.feature
            images[feature["key"].bytes_list.value[0].decode()] = digest(feature["jpg"].bytes_list.value[0])
            for name, value in feature.items():
                kinds.setdefault(name, set()).add(value.WhichOneof("kind"))
            first = {name: list(getattr(value, value.WhichOneof("kind")).value) for name, value in feature.items() if name != "jpg"}
    plain = {name: [item.decode(errors="replace") if isinstance(item, bytes) else item for item in values] for name, values in first.items()}
    return {"images": images, "kinds": {name: sorted(found) for name, found in kinds.items()}, "last": plain}


def read_webdataset(path):
    samples = list(wds.WebDataset(path, shardshuffle=False))
    for sample in samples:
        assert json.loads(sample["json"])["key"] == sample["__key__"]
    return {"images": {sample["__key__"]: digest(sample["jpg"]) for sample in samples}}


READERS = {"parquet": read_parquet, "tfrecord": read_tfrecord, "tar": read_webdataset}
print(json.dumps([READERS[path.rsplit(".", 1)[1]](path) for path in sys.argv[1:]]))
