#!/bin/bash
# ./dev lab: the labs, in which students write components of the engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh

grader=build/lab/bin/sediment-lab
inputs=build/lab/lab/inputs.txt
results=build/lab/lab/results

help_text() {
  cat <<'TEXT'
./dev lab                            the labs, and how far you are
./dev lab N [OPTION…]                build labs/NN_name/*.cc into the engine, and grade it
./dev lab N watch [CHECK|FILE]       open the visualizer on the failure of a check, or on a scenario, with your code in the store
./dev lab N debug CHECK              stop in gdb in your function, at the step that fails
./dev lab N starter                  print the file that you began with
./dev lab verify [N…]                prove the graders: right solutions pass, wrong ones fail at the check that is meant for them

Options of grading:
  --only CHECK     one check
  --seed N         other random data (1, unless you choose another)
  --watch          grade again whenever the file is saved; Ctrl+C ends this
  --file FILE      another file than the one in the lab's folder
  --format F       text, json, gradescope, classroom50 or junit
  --out FILE       write the result to a file

labs/README.md is the start. The exit status is 0 if all checks pass, 1 if one fails, and 2 if nothing could be graded.

  ./dev lab
  ./dev lab 5
  ./dev lab 5 --only L5.3 --watch
  ./dev lab 5 watch L5.15
TEXT
}

run_grader() {
  "$grader" --inputs "$inputs" "$@"
}

# Proves the graders of these labs, or of all, as many at once as there are cores.
verify() {
  local labs=("$@")
  ((${#labs[@]} > 0)) || mapfile -t labs < <(printf '%s\n' labs/[0-9]*/ | sed -E 's#labs/0*([0-9]+).*#\1#')
  printf '%s\n' "${labs[@]}" | xargs -P "$(nproc)" -n 1 "$grader" --inputs "$inputs" verify ||
    die 'lab: not all graders are proven'
}

# The only failed check with a trace, or the first one.
first_trace() {
  local number=$1 check=$2
  if [[ -n $check ]]; then
    echo "$results/lab$number/$check.jsonl"
    return
  fi
  find "$results/lab$number" -name '*.jsonl' 2>/dev/null | sort -V | head -n 1
}

watch_failure() {
  local number=$1 check=${2:-}
  local trace
  if [[ -n $check && -e $check ]]; then
    mkdir -p "$results"
    trace=$results/watched.jsonl
    run_grader trace "$number" "$check" --out "$trace"
    check=''
  else
    trace=$(first_trace "$number" "$check")
  fi
  if [[ -z $trace || ! -e $trace ]]; then
    die "lab: there is no trace of a failure${check:+ of $check}. Grade the lab first; checks of a component alone have a story, but no trace"
  fi
  build_preset release sediment-viz
  echo "lab: $trace"
  exec build/release/bin/sediment-viz --trace "$trace"
}

# The student's file, by what the grader says of it.
watch_file() {
  local number=$1 before='' now file
  shift
  file=$(echo labs/"$(printf '%02d' "$number")"_*/)
  while true; do
    now=$(stat -c '%Y %s %n' "$file"*.cc "$file"break/* 2>/dev/null || true)
    if [[ $now != "$before" ]]; then
      before=$now
      printf '\n== %(%H:%M:%S)T\n' -1
      run_grader grade "$number" "$@" || true
    fi
    sleep 0.5
  done
}

main() {
  local argument again='' number
  local arguments=()
  for argument in "$@"; do
    case "$argument" in
      -h | --help)
        help_text
        exit 0
        ;;
      --watch) again=yes ;;
      *) arguments+=("$argument") ;;
    esac
  done
  set -- "${arguments[@]}"
  [[ ${1:-} =~ ^([0-9]{1,2}|verify|list|)$ ]] || die "lab: there is no lab '$1'; ./dev lab lists them"
  install_missing base lab
  build_preset lab sediment-lab
  case "${1:-list}" in
    list) run_grader list ;;
    verify) verify "${@:2}" ;;
    *)
      number=$((10#$1))
      shift
      case "${1:-}" in
        watch) watch_failure "$number" "${2:-}" ;;
        debug)
          [[ -n ${2:-} ]] || die 'lab: debug needs the name of a check, such as L5.3'
          install_missing debugger
          run_grader debug "$number" "${@:2}"
          ;;
        starter) run_grader starter "$number" "${@:2}" ;;
        *)
          if [[ -n $again ]]; then
            watch_file "$number" "$@"
          else
            run_grader grade "$number" "$@"
          fi
          ;;
      esac
      ;;
  esac
}

main "$@"
