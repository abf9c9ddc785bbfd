# Prints as JSON, by file stem, the size of every picture of a folder that Pillow decodes completely.
import json
import pathlib
import sys

from PIL import Image

sizes = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        with Image.open(path) as picture:
            picture.load()
            sizes[path.stem] = list(picture.size)
    except Exception as error:  # pictures that Pillow cannot open are missing in the answer
        print(f"{path.name}: {type(error).__name__} {error}", file=sys.stderr)
print(json.dumps(sizes))
