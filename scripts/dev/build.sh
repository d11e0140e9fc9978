#!/bin/bash
# ./dev build: compiles a preset.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh

help_text() {
  cat <<'TEXT'
./dev build [PRESET]

Configures and compiles a preset into build/PRESET/: the programs into bin/ there, the tests into tests/. The default is release.

  ./dev build            release: what users run
  ./dev build dev        for the debugger, with a checked standard library
  ./dev build asan       Clang with AddressSanitizer and UndefinedBehaviorSanitizer
  ./dev build tsan       ThreadSanitizer, only the suite with threads
  ./dev build clang      everything with Clang, and the compile database that clang-tidy reads
  ./dev build fuzz       the libFuzzer targets
  ./dev build portable   engine and simulator against libc++ 13; nothing is linked or run

`cmake --list-presets` describes all presets, including those that ./dev mutants builds.
TEXT
}

main() {
  help_if_asked "$@"
  local preset=${1:-release}
  (($# <= 1)) || die "build: one preset at most; ./dev build --help lists them"
  build_preset "$preset"
  echo "build: $preset is up to date, see build/$preset/"
}

main "$@"
