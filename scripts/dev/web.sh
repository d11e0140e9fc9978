#!/bin/bash
# ./dev web: builds the visualizer for the browser.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh
. scripts/dev/lib/browser.sh

help_text() {
  cat <<'TEXT'
./dev web [--test]

Builds the visualizer for the browser into build/web/.

  ./dev web                                   build it
  ./dev web --test                            and drive it in a headless browser
  python3 -m http.server -d build/web         look at it
TEXT
}

main() {
  help_if_asked "$@"
  refuse_arguments web "${@:2}"
  local with_test=
  case "${1:-}" in
    '') ;;
    --test) with_test=yes ;;
    *) die "web: unknown argument '$1'; try ./dev web or ./dev web --test" ;;
  esac
  install_missing base web
  fetch_imgui_source
  export NODE_PATH=/usr/share/nodejs # where emscripten's linker finds what it needs, whichever node this is
  [[ -e build/web-objects/build.ninja ]] || echo 'web: configuring'
  run_quietly 'web: cannot configure' emcmake cmake -S . -B build/web-objects -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-Oz -flto -DNDEBUG" -DSEDIMENT_BUILD_CLI=OFF -DSEDIMENT_BUILD_TESTS=OFF \
    -DSEDIMENT_WARNINGS_AS_ERRORS=ON \
    -DSEDIMENT_IMGUI_SOURCE_DIR="$PWD/$(imgui_source)" -DSEDIMENT_WEB_OUTPUT_DIR="$PWD/build/web"
  NINJA_STATUS='@progress %f %t %e ' cmake --build build/web-objects --parallel "$(compile_jobs)" 2>&1 |
    show_build_progress web || die 'web: the build failed; what the compiler said is above'
  echo "web: build/web/ is up to date, $(du -ch build/web/sediment-viz.* | awk 'END { print $1 }'); to see it: python3 -m http.server -d build/web"
  [[ -z $with_test ]] || test_web
}

test_web() {
  prepare_browser_tests
  NODE_MODULES_DIR=$browser_modules timeout 300 node tests/web/tour.test.mjs build/web build/web/tour.png || die 'web: the test failed'
  NODE_MODULES_DIR=$browser_modules timeout 600 node tests/web/figures.test.mjs build/web || die 'web: the test of the figures failed'
  echo 'web: the test passed'
}

main "$@"
