"""join_sources.py OUTPUT FILE…: the texts of the files as one JSON object, by their names."""

import json
import pathlib
import sys

output, *files = sys.argv[1:]
texts = {file: pathlib.Path(file).read_text(encoding="utf-8") for file in files}
pathlib.Path(output).write_text(json.dumps(texts), encoding="utf-8")
