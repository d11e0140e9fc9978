# shellcheck shell=bash
# What every command needs. Sourced first by each of them, in the root of the project.
set -euo pipefail

die() {
  echo "$*" >&2
  exit 1
}

# run_quietly MESSAGE COMMAND…: shows the command's output only if it fails.
run_quietly() {
  local message=$1 output
  shift
  output=$("$@" 2>&1) || die "$output"$'\n'"$message"
}

# help_if_asked ARGUMENT…: ends the command with its help, the function help_text of its file, if one of its arguments asks for it.
help_if_asked() {
  local argument
  for argument in "$@"; do
    case "$argument" in
      -h | --help)
        help_text
        exit 0
        ;;
    esac
  done
}

# refuse_arguments COMMAND ARGUMENT…: for a command that takes no arguments, or no further ones.
refuse_arguments() {
  local command=$1
  shift
  (($# == 0)) || die "$command: unknown argument '$1'; ./dev $command --help has examples"
}

# check_part COMMAND I/N: what too long a command takes after --part.
check_part() {
  if [[ ! $2 =~ ^[0-9]+/[1-9][0-9]*$ ]] || ((10#${2%/*} >= 10#${2#*/})); then
    die "$1: --part takes I/N, I from 0 to N - 1, not '$2'"
  fi
}

# of_part I/N: every Nth line of the input.
of_part() {
  awk -v part="${1%/*}" -v parts="${1#*/}" 'NR % parts == part'
}
