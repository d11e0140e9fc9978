#!/bin/bash
# ./dev mutants: plants known bugs and checks that the tests notice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh

main() {
  local argument
  install_missing mutants
  for argument in "$@"; do
    case "$argument" in
      -h | --help | --list | --check | --relocate | --diff) exec python3 tests/mutants/run.py "$@" ;;
    esac
  done
  python3 tests/mutants/run.py --list "$@" >/dev/null # wrong arguments are told before the build
  build_preset mutants
  build_preset mutants-tsan
  python3 tests/mutants/run.py "$@"
}

main "$@"
