#!/bin/bash
# ./dev tidy: runs clang-tidy.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh
. scripts/dev/lib/sources.sh

help_text() {
  cat <<'TEXT'
./dev tidy [--part I/N] [FILE…]

Runs clang-tidy 14 over all sources or over these files, a few minutes for each hundred; fails if there is a finding. .clang-tidy says
what is checked, and why some things are not.

  ./dev tidy                                          all sources
  ./dev tidy engine/store.cc tests/unit/sim/*.cc      these
  ./dev tidy --part 0/3                               a third of them; the others are 1/3 and 2/3
TEXT
}

main() {
  help_if_asked "$@"
  local part=0/1
  if [[ ${1:-} == --part ]]; then
    part=${2:-}
    check_part tidy "$part"
    shift 2
  fi
  local file files=("$@")
  for file in "${files[@]}"; do
    [[ $file != -* ]] || die "tidy: unknown option '$file', or not in front of the files; ./dev tidy --help has examples"
    [[ -e $file ]] || die "tidy: there is no file '$file'"
  done
  if ((${#files[@]} == 0)); then
    # Not what students write: starters have empty bodies, and wrong solutions are wrong.
    mapfile -t files < <(sources cc | grep -E '^(engine|sim|viz|tests|labs/(grader|harness|wire|00_watch_first|12_bug_hunt|[^/]+/(checks|component)\.cc$))' |
      grep -Ev '^(tests/fuzz|viz/platform/web)/')
  fi
  mapfile -t files < <(printf '%s\n' "${files[@]}" | of_part "$part")
  install_missing base clang tidy bench lab # the benchmark's sources need the headers of what they measure
  configure clang # for build/clang/compile_commands.json, which tells clang-tidy how each file is compiled
  local started=$SECONDS finished=0 failed=0
  local verdict findings
  echo "tidy: ${#files[@]} files"
  rm -rf build/tidy
  mkdir -p build/tidy
  # One line per checked file comes back: short enough to arrive whole although several are checked at once.
  while read -r verdict file findings; do
    finished=$((finished + 1))
    if [[ $verdict != clean ]]; then
      failed=$((failed + 1))
      new_findings "$findings"
    fi
    echo "tidy: $finished/${#files[@]} $file, about $(((SECONDS - started) * (${#files[@]} - finished) / finished)) s left"
  done < <(printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c "$(declare -f tidy_one); tidy_one \"\$1\"" tidy_one)
  ((failed == 0)) || die "tidy: findings in $failed of ${#files[@]} files"
  echo "tidy: no findings in ${#files[@]} files"
}

tidy_one() {
  local findings="build/tidy/${1//\//_}.txt"
  local verdict=clean
  clang-tidy-14 --quiet -p build/clang "$1" >"$findings" 2>/dev/null || verdict=findings
  echo "$verdict $1 $findings"
}

# Prints the findings in this file that were not printed before: one in a header comes back with every source that includes it.
# A finding is a line with its place and "error:", then lines that explain it.
new_findings() {
  local printed=build/tidy/printed
  touch "$printed"
  awk -v printed="$printed" '
    FILENAME == printed { known[$0] = 1; next }
    / error: / || /^error: / { is_new = !($0 in known); if (is_new) print >>printed }
    is_new { print }' "$printed" "$1"
}

main "$@"
