#!/bin/bash
# ./dev docs: builds the book.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh
. scripts/dev/lib/browser.sh

help_text() {
  cat <<'TEXT'
./dev docs [--serve | --check | --test [--part I/N]]

Builds the book into build/book/: docs/book/ with its figures, and the pages of docs/ and labs/ as a reference. All of its excerpts and numbers
come from the sources and from runs; if one of them is gone, the build says where.

  ./dev docs                build it
  ./dev docs --serve        and serve it at http://localhost:8000/, until Ctrl C
  ./dev docs --check        build it in build/book-check/, without the engine for the browser, which takes less time
  ./dev docs --test         and read it in a headless browser: every figure, every question, on a wide screen and on a telephone
  ./dev docs --test --part 0/4
                            one part of that in four
TEXT
}

main() {
  help_if_asked "$@"
  local mode='' part=0/1
  case "${1:-}" in
    '') ;;
    --serve | --check | --test) mode=${1#--} ;;
    *) die "docs: unknown argument '$1'; try ./dev docs, ./dev docs --serve, ./dev docs --check or ./dev docs --test" ;;
  esac
  if [[ $mode == test && ${2:-} == --part ]]; then
    check_part docs "${3:-}"
    part=$3
    refuse_arguments docs "${@:4}"
  else
    refuse_arguments docs "${@:2}"
  fi
  install_missing base docs
  local out=build/book-check web=()
  if [[ $mode != check ]]; then
    scripts/dev/web.sh
    out=build/book web=(--web build/web)
  fi
  build_preset release sediment sediment-sim sediment-viz
  /usr/bin/python3 scripts/docs/build.py --programs build/release/bin --out $out "${web[@]}" || die 'docs: the book was not built; what is wrong is above'
  echo "docs: $out/ is up to date; to read it: ./dev docs --serve"
  case "$mode" in
    serve) serve_book "$out" ;;
    test) test_book "$out" "$part" ;;
  esac
}

serve_book() {
  local port=8000
  if (: <>/dev/tcp/127.0.0.1/$port) 2>/dev/null; then
    die "docs: port $port is taken; take another: python3 -m http.server --bind 127.0.0.1 --directory $1 8001"
  fi
  echo "docs: http://localhost:$port/, until Ctrl C"
  exec /usr/bin/python3 -m http.server --bind 127.0.0.1 --directory "$1" $port
}

test_book() {
  install_missing web
  install_browser_modules docs
  NODE_MODULES_DIR=$browser_modules node tests/web/book.test.mjs "$1" "$2" || die 'docs: the test failed; what it saw is above'
  echo 'docs: the test passed'
}

main "$@"
