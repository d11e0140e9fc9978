"""without_default_font.py IMGUI_DRAW_CPP OUTPUT: the source of Dear ImGui's drawing without the font that it contains."""

import pathlib
import re
import sys

source, output = map(pathlib.Path, sys.argv[1:])
text, found = re.subn(
    r"(proggy_clean_ttf_compressed_data_base85)\[11980 ?\+ ?1\] =\n(?: *\".*\"\n)* *\".*\";",
    r'\1[] = "";',
    source.read_text(encoding="utf-8"),
)
if found != 1:
    sys.exit(f"{source}: the font ProggyClean is not where it was in 1.86")
output.write_text(text, encoding="utf-8")
