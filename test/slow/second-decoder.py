"""Decodes every picture of a folder with Pillow, to the last pixel, and prints the sizes as JSON by file stem."""
import json
import pathlib
import sys

from PIL import Image, UnidentifiedImageError

sizes = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        with Image.open(path) as picture:
            picture.load()
            sizes[path.stem] = list(picture.size)
    except UnidentifiedImageError:
        print(f"{path.name}: no picture", file=sys.stderr)
print(json.dumps(sizes))
