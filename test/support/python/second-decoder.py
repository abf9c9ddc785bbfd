"""Decodes every picture of a folder with Pillow, to the last pixel, and prints the sizes as JSON by file stem."""
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
    except Exception as error:  # whatever Pillow cannot open is missing in the answer
        print(f"{path.name}: {type(error).__name__} {error}", file=sys.stderr)
print(json.dumps(sizes))
