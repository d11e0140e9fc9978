# shellcheck shell=bash
# Configures and compiles a preset.
set -euo pipefail
. scripts/dev/lib/install.sh
. scripts/dev/lib/fetch.sh

# build_preset PRESET [TARGET…]: configures and compiles; silent when there is nothing to do. All that it says goes to standard error: what
# a command prints after it may go into a file.
build_preset() {
  local preset=$1
  local target_options=()
  shift
  if (($# > 0)); then
    target_options=(--target "$@")
  fi
  configure "$preset"
  # These status lines are read by show_build_progress.
  NINJA_STATUS='@progress %f %t %e ' cmake --build --preset "$preset" --parallel "$(compile_jobs)" "${target_options[@]}" 2>&1 |
    show_build_progress "$preset" || die "build: $preset failed; what the compiler said is above"
} >&2

configure() {
  local preset=$1
  case "$preset" in
    release | dev | tsan | mutants | mutants-tsan) install_missing base ;;
    lab) install_missing base lab ;;
    asan | fuzz) install_missing base clang ;;
    clang) install_missing base clang lab ;;
    portable)
      install_missing base clang
      fetch_libcxx_13
      ;;
    *) die "build: there is no preset '$preset'; there are release, dev, asan, tsan, clang, fuzz, lab, mutants, mutants-tsan and portable" ;;
  esac
  [[ -e build/$preset/build.ninja ]] || echo "build: configuring $preset"
  run_quietly "build: cannot configure $preset" cmake --preset "$preset"
} >&2

# One compiler per core, but no more than one per gigabyte of memory: a file full of templates takes about that much.
compile_jobs() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null || echo "$cores")
  gigabytes=$((gigabytes > 0 ? gigabytes : 1))
  echo $((cores < gigabytes ? cores : gigabytes))
}

# Turns Ninja's status lines into one line with the time left (on a terminal) or a line at each tenth (elsewhere). Everything else that
# Ninja prints is the compiler's output: it is passed on.
show_build_progress() {
  local preset=$1
  local line finished total seconds remaining
  local last_tenth=-1 drawn=
  while IFS= read -r line; do
    if [[ $line == 'ninja: '* && $line != 'ninja: error'* ]]; then
      continue # "no work to do", "build stopped"
    elif [[ $line != '@progress '* ]]; then
      [[ -z $drawn ]] || printf '\r\033[K'
      drawn=
      printf '%s\n' "$line"
      continue
    fi
    read -r _ finished total seconds _ <<<"$line"
    ((finished > 0)) || continue
    remaining=$(awk -v f="$finished" -v t="$total" -v s="$seconds" 'BEGIN { printf "%d", s * (t - f) / f + 0.5 }')
    if [[ -t 1 ]]; then
      printf '\r\033[Kbuild: %s %d/%d, about %d s left' "$preset" "$finished" "$total" "$remaining"
      drawn=yes
    elif ((finished * 10 / total > last_tenth)); then
      last_tenth=$((finished * 10 / total))
      printf 'build: %s %d/%d after %.0f s\n' "$preset" "$finished" "$total" "$seconds"
    fi
  done
  [[ -z $drawn ]] || printf '\r\033[K'
}
