#!/bin/bash
# ./dev pictures: makes the pictures of the documents.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh

help_text() {
  cat <<'TEXT'
./dev pictures

Makes the pictures for the documents again: a sheet with the chapters of each show, docs/shows/NAME.png; an animation of one show; and
the merge of the tour, docs/merge.png.

  ./dev pictures
TEXT
}

# Of each show one sheet with its chapters; of one show an animation, at six times its speed; of the tour its merge.
main() {
  help_if_asked "$@"
  refuse_arguments pictures "$@"
  install_missing base window video
  build_preset release sediment-viz
  local viz=build/release/bin/sediment-viz
  local work=build/pictures
  local name title
  rm -rf "$work"
  mkdir -p "$work" docs/shows
  "$viz" --list-shows | while read -r name title; do
    "$viz" --headless --show "$name" --frames "$work/$name" --size 1280x720 2>/dev/null
    montage "$work/$name"/*.png -tile 2x -geometry 640x360+3+3 -background '#2c343f' -depth 8 "png24:docs/shows/$name.png"
    echo "pictures: docs/shows/$name.png ($title)"
  done
  "$viz" --headless --show tombstone-too-early --video "$work/tombstone.mp4" 2>/dev/null
  ffmpeg -v error -y -i "$work/tombstone.mp4" -filter_complex \
    'setpts=PTS/6,fps=6,scale=800:-1:flags=lanczos,split[a][b];[a]palettegen=max_colors=48[p];[b][p]paletteuse=dither=none' \
    docs/shows/tombstone-too-early.gif
  echo 'pictures: docs/shows/tombstone-too-early.gif'
  local merge_chapter=08
  "$viz" --headless --text README.md docs/architecture.md docs/format.md --frames "$work/tour" 2>/dev/null
  cp "$work/tour/$merge_chapter.png" docs/merge.png
  echo 'pictures: docs/merge.png'
}

main "$@"
