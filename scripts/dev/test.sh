#!/bin/bash
# ./dev test: builds and runs the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh

help_text() {
  cat <<'TEXT'
./dev test [--preset PRESET] [ARGUMENT…]

Builds the tests and runs them; the exit code is that of ctest. PRESET is release, unless another one is named, dev, asan, tsan or
clang. Every other argument is passed on to ctest (`ctest --help` lists them). The coverage counters come last: how often the
property tests met the cases that they are about.

  ./dev test                        all of them
  ./dev test -R Merge               those whose name matches
  ./dev test -L crash               one suite: unit, posix, property, crash, corruption, concurrency, memory, cli, viz, install or dev
  ./dev test --rerun-failed         those that failed the last time
  ./dev test --preset asan -L unit  one suite with sanitizers
TEXT
}

main() {
  help_if_asked "$@"
  local preset=release
  local ctest_arguments=()
  while (($# > 0)); do
    case "$1" in
      --preset)
        (($# > 1)) || die 'test: --preset needs a name; ./dev test --help has examples'
        preset=$2
        shift
        ;;
      --preset=*) preset=${1#--preset=} ;;
      --*)
        require_ctest_option "${1%%=*}"
        ctest_arguments+=("$1")
        ;;
      *) ctest_arguments+=("$1") ;;
    esac
    shift
  done
  [[ $preset != fuzz && $preset != mutants* && $preset != portable ]] || die "test: the preset $preset has no tests"
  build_preset "$preset"
  # For the tests of the window; elsewhere than on Debian they are skipped where a program is missing.
  ! command -v apt-get >/dev/null || install_missing window

  # Property tests count what they met (torn tails, dropped tombstones …) and write it here: a property that never met its subject
  # has proved nothing.
  local coverage=$PWD/build/$preset/coverage
  rm -rf "$coverage"
  mkdir -p "$coverage"
  local launcher=()
  [[ $preset != tsan ]] || read -ra launcher < <(without_address_randomisation) || true
  [[ ! -t 1 ]] || ctest_arguments=(--progress "${ctest_arguments[@]}")

  local status=0
  SEDIMENT_COVERAGE_DIR=$coverage "${launcher[@]}" \
    ctest --preset "$preset" --parallel "$(nproc)" --output-on-failure --no-tests=error "${ctest_arguments[@]}" || status=$?
  show_coverage "$coverage"
  return $status
}

# require_ctest_option OPTION: ctest itself ignores what it does not know, and would run all tests.
require_ctest_option() {
  install_missing base # ctest is asked for its options
  ctest --help | awk -v option="$1" '
    /^ *-/ { sub("= .*", ""); gsub("[,=[]", " "); for (i = 1; i <= NF; i++) if ($i == option) found = 1 }
    END { exit !found }' || die "test: neither ./dev test nor ctest has an option '$1'; ./dev test --help has examples"
}

# GCC 12's ThreadSanitizer cannot place its memory where the kernel randomises addresses by more than 28 bits.
without_address_randomisation() {
  local bits
  bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
  if ((bits > 28)) && setarch --addr-no-randomize true 2>/dev/null; then
    echo setarch --addr-no-randomize
  fi
}

# Prints each file `name.txt` of lines `counter value` as one wrapped row of a table.
show_coverage() {
  local files=("$1"/*.txt)
  [[ -e ${files[0]} ]] || return 0
  echo
  echo 'coverage counters'
  awk -v line_width=110 '
    function name_of(path) { sub(".*/", "", path); sub("\\.txt$", "", path); return path }
    BEGIN { for (i = 1; i < ARGC; i++) if (length(name_of(ARGV[i])) > name_width) name_width = length(name_of(ARGV[i])) }
    FNR == 1 { flush_row(); row = sprintf("  %-" name_width "s ", name_of(FILENAME)); margin = name_width + 3; used = margin; first = 1 }
    NF >= 2 {
      item = $1 " " $2
      if (!first) { row = row ","; used++ }
      if (!first && used + 1 + length(item) > line_width) { row = row "\n" sprintf("%" margin "s", ""); used = margin }
      row = row " " item
      used += 1 + length(item)
      first = 0
    }
    function flush_row() { if (row != "") print row; row = "" }
    END { flush_row() }' "${files[@]}"
}

main "$@"
