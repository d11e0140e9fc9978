#!/bin/bash
# ./dev demo: a guided tour of the store over real text.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh

help_text() {
  cat <<'TEXT'
./dev demo [ARGUMENT…]

Builds the store, the simulator and the visualizer and shows them: a store counts the words of this project's pages, loses power in
the middle of a merge, and recovers; the same with a real process and `kill -9`; then the tour, in a window, or, on a machine without a
screen, as pictures and a video in build/demo/. The arguments go to `sediment-sim demo`, for the part in the terminal.

  ./dev demo
  ./dev demo --seed 7                another crash
  ./dev demo CONTRIBUTING.md         with one more text
TEXT
}

main() {
  help_if_asked "$@"
  build_preset release sediment sediment-sim sediment-viz
  local viz=build/release/bin/sediment-viz
  local texts=()
  local text
  for text in README.md docs/*.md docs/decisions/*.md; do
    # These two are made by programs, and change with every planted bug and every measurement.
    [[ ! -e $text || $text == docs/kill-matrix.md || $text == docs/performance.md ]] || texts+=("$text")
  done
  build/release/bin/sediment-sim demo --sediment build/release/bin/sediment "${texts[@]}" "$@"
  echo
  if [[ -n ${DISPLAY:-} || -n ${WAYLAND_DISPLAY:-} ]]; then
    echo 'demo: the same in a window; Space pauses and resumes, ? explains the other keys'
    exec "$viz" --text "${texts[@]}" --play
  fi
  # There is no screen for a window.
  local folder=build/demo
  local outputs=(--frames "$folder" --transcript "$folder/transcript.txt")
  rm -rf "$folder"
  if (install_missing video); then
    outputs+=(--video "$folder/demo.mp4")
  else
    echo 'demo: without ffmpeg there will be no video'
  fi
  echo "demo: there is no screen for a window, so pictures and a video of it are made in $folder/"
  "$viz" --headless --size 1280x720 "${outputs[@]}" --text "${texts[@]}"
  echo "demo: look at $(echo "$folder"/*.png | awk '{ print $1 " … " $NF }')$([[ ! -e $folder/demo.mp4 ]] || echo ", $folder/demo.mp4") and $folder/transcript.txt"
}

main "$@"
