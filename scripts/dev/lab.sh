#!/bin/bash
# ./dev lab: the labs, in which students write components of the engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh
. scripts/dev/lib/grade_again.sh

grader=build/lab/bin/sediment-lab
inputs=build/lab/lab/inputs.txt
results=build/lab/lab/results

help_text() {
  cat <<'TEXT'
./dev lab                            the labs, and how far you are
./dev lab N [OPTION…]                build labs/NN_name/*.cc into the engine, and grade it
./dev lab N watch [CHECK|FILE]       open the visualizer at the step where a check failed, or on a scenario, with your code in the picture
./dev lab N watch --text [CHECK|FILE]    the same as a story in the terminal
./dev lab N debug CHECK              stop in gdb in your function, at the step that fails
./dev lab N starter                  print the file that you began with
./dev lab 0 [--seed N]               lab 0: your paper, to be answered before you watch; then: lock, reveal, watch
./dev lab 12 try A FILE              lab 12: what engine A answers to a scenario, step by step, beside a right one
./dev lab 12 --programs FOLDER       lab 12: which of the engines that you were given your scenarios kill; try takes it, too
./dev lab verify [--part I/N] [N…]   prove the graders: right solutions pass, wrong ones fail at the check that is meant for them
./dev lab mine [OPTION…]             try one engine with everything that you have written, and hear whose component broke what

Options of grading:
  --only CHECK     one check
  --seed N         other random data (1, unless you choose another)
  --watch          grade again whenever the file is saved; Ctrl+C ends this
  --file FILE      another file than the one in the lab's folder (also with watch and debug). The scenarios of "Break it" are then
                   those in break/ beside it or, if there is no such folder, those of the lab
  --format F       text, json, gradescope, classroom50 or junit
  --out FILE       write the result to a file

Options of mine:
  --files FOLDER   your files, as NN_name/FILE or FILE (labs, unless you choose another); what is not there is the reference
  --seed N         other random data
  --scripts N      crash only N of the small scripts, spread over all of them (all: some minutes)
  --jobs N         processes at the same time (one per core)
  --format F       text or json
  --out FILE       write the result to a file

Without CHECK or FILE, watch takes the first check that failed. It shows your file as it was graded, whatever you have edited since.

For instructors (docs/teaching.md):
./dev lab N grade-all FOLDER --out grades.csv [OPTION…]   grade a class, with GNU parallel or --slurm; stopped, it goes on where it was
./dev lab N histogram grades.csv                          how many pass each check
./dev lab N compare OLD.csv NEW.csv                       whose marks differ
./dev lab N similar FOLDER                                which submissions share code
./dev lab N autograder OUT.zip                            for Gradescope
./dev lab 12 programs FOLDER --seed N    the engines of a student, as programs without names
./dev lab N seeds --roster FILE --secret FILE             a seed for each student
./dev lab handout FOLDER [--labs 1,2,5] [--engine source]  the labs without solutions, for students of a closed course

labs/README.md is the start. The exit status is 0 if all checks pass, 1 if one fails, and 2 if nothing could be graded.

  ./dev lab
  ./dev lab 5
  ./dev lab 5 --only L5.3 --watch
  ./dev lab 5 watch L5.15
  ./dev lab verify --part 0/3        a third of the solutions of all labs; the others are 1/3 and 2/3
  ./dev lab mine --scripts 1000
TEXT
}

run_grader() {
  "$grader" --inputs "$inputs" "$@"
}

# Proves the graders of these labs, or of all: as many solutions at once as there are cores. Lab 12 is one piece, so it begins.
verify() {
  local part=0/1 listed claims
  if [[ ${1:-} == --part ]]; then
    part=${2:-}
    check_part 'lab verify' "$part"
    shift 2
  fi
  local labs=("$@")
  ((${#labs[@]} > 0)) || mapfile -t labs < <(printf '%s\n' labs/[0-9]*/ | sed -E 's#labs/0*([0-9]+).*#\1#' | sort -nr)
  listed=$(run_grader claims "${labs[@]}") # by itself: a lab that there is not ends it here
  mapfile -t claims < <(of_part "$part" <<<"$listed")
  ((${#claims[@]} > 0)) || die 'lab: nothing to prove'
  printf '%s\n' "${claims[@]}" | xargs -P "$(nproc)" -n 2 "$grader" --inputs "$inputs" verify ||
    die 'lab: not all graders are proven; "<--" marks what does not hold'
  echo "proven: ${#claims[@]} claims about the graders, in ${SECONDS} s"
}

# A failure or a scenario once more, with the calls into the student's code: in the window, or with --text here.
watch_run() {
  local number=$1 trace=$results/watched.jsonl argument
  shift
  for argument in "$@"; do
    if [[ $argument == --text ]]; then
      run_grader watch "$number" "$@"
      return
    fi
  done
  mkdir -p "$results"
  run_grader watch "$number" "$@" --out "$trace"
  build_preset release sediment-viz
  exec build/release/bin/sediment-viz --trace "$trace"
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
  [[ ${1:-} =~ ^([0-9]{1,2}|verify|list|mine|handout|)$ ]] || die "lab: there is no lab '$1'; ./dev lab lists them"
  install_missing base lab
  build_preset lab sediment-lab
  case "${1:-list}" in
    list) run_grader list ;;
    mine) run_grader mine "${@:2}" ;;
    handout)
      install_missing course
      build_preset lab sediment-sim
      python3 labs/course/main.py --root . --program "$grader" --inputs "$inputs" "$@"
      ;;
    verify) verify "${@:2}" ;;
    *)
      number=$((10#$1))
      shift
      if ((number == 0)) && [[ ${1:---seed} == --seed* ]]; then
        set -- paper "$@" # lab 0 begins with a paper, where others have a file to grade
      fi
      case "${1:-}" in
        watch) watch_run "$number" "${@:2}" ;;
        debug)
          [[ -n ${2:-} ]] || die 'lab: debug needs the name of a check, such as L5.3'
          install_missing debugger
          run_grader debug "$number" "${@:2}"
          ;;
        grade-all | histogram | compare | seeds | similar | autograder)
          install_missing course
          python3 labs/course/main.py --root . --program "$grader" --inputs "$inputs" --lab "$number" "$@"
          ;;
        starter) run_grader starter "$number" "${@:2}" ;;
        paper | lock | try | programs) run_grader own "$number" "$@" ;;
        reveal) run_grader grade "$number" "${@:2}" ;;
        *)
          if [[ -n $again ]]; then
            grade_again "$number" "$@"
          else
            run_grader grade "$number" "$@"
          fi
          ;;
      esac
      ;;
  esac
}

main "$@"
