# shellcheck shell=bash
# Grading whenever a student saves. Sourced by ./dev lab, and by the ./dev of a handout, which has a copy.
set -euo pipefail

# grade_again N ARGUMENT…: grades lab N with run_grader, and again whenever one of the student's files has changed.
grade_again() {
  local number=$1 before='' now folder
  shift
  folder=$(echo labs/"$(printf '%02d' "$number")"_*/)
  while true; do
    now=$(stat -c '%Y %s %n' "$folder"*.cc "$folder"break/* "$folder"hunt/* 2>/dev/null || true)
    if [[ $now != "$before" ]]; then
      before=$now
      printf '\n== %(%H:%M:%S)T\n' -1
      run_grader grade "$number" "$@" || true
    fi
    sleep 0.5
  done
}
