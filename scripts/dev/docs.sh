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
  ./dev docs --check        build it without the engine for the browser, which takes less time, and check every link
  ./dev docs --test         build it, and read it in a headless browser: every figure, question and link; some ten minutes
  ./dev docs --test --part 0/4    the same for every fourth page
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
    part=${3:-}
    check_part docs "$part"
    refuse_arguments docs "${@:4}"
  else
    refuse_arguments docs "${@:2}"
  fi
  install_missing base docs
  local web=()
  if [[ $mode != check ]]; then
    scripts/dev/web.sh
    web=(--web build/web)
  fi
  build_preset release sediment sediment-sim sediment-viz
  local out=build/book
  [[ $mode != check ]] || out=build/book-check
  /usr/bin/python3 scripts/docs/build.py --programs build/release/bin --out $out "${web[@]}" || die 'docs: the book was not built; what is wrong is above'
  echo "docs: $out/ is up to date; to read it: ./dev docs --serve"
  if [[ $mode == test ]]; then
    prepare_browser_tests
    NODE_MODULES_DIR=$browser_modules node tests/web/workflows.test.mjs || die 'docs: a workflow has faults, above'
    NODE_MODULES_DIR=$browser_modules node tests/web/book.test.mjs $out "$part" build/book-shots || die 'docs: the test failed'
  fi
  [[ $mode != serve ]] || serve_book $out
}

serve_book() {
  local port=8000
  if (: <>/dev/tcp/127.0.0.1/$port) 2>/dev/null; then
    die "docs: port $port is taken; for another: python3 -m http.server --bind 127.0.0.1 --directory $1 8001"
  fi
  echo "docs: http://localhost:$port/, until Ctrl C"
  exec /usr/bin/python3 -m http.server --bind 127.0.0.1 --directory "$1" $port
}

main "$@"
