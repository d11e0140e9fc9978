#!/bin/bash
# ./dev setup: installs what other commands need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/install.sh
. scripts/dev/lib/fetch.sh

help_text() {
  cat <<'TEXT'
./dev setup [--all | --cluster]

Installs the Debian packages that build, test and demo need and that are missing; says which, and what they cost. It needs root, or
sudo. Every other command does the same for what it needs itself, so there is rarely a reason to call this one.

  ./dev setup            what build, test and demo need
  ./dev setup --all      also what the other commands need, for example for a machine that will have no network
  ./dev setup --cluster  what the tests of grading a class need: GNU parallel, and a Slurm that the test itself starts
TEXT
}

main() {
  help_if_asked "$@"
  refuse_arguments setup "${@:2}"
  case "${1:-}" in
    '') install_missing base ;;
    --all)
      install_missing base clang format tidy bench video window mutants web docs scripts lab course debugger
      fetch_libcxx_13
      fetch_imgui_source
      ;;
    --cluster) install_missing course cluster ;;
    *) die "setup: unknown argument '$1'; try ./dev setup or ./dev setup --all" ;;
  esac
  echo 'setup: nothing is missing'
}

main "$@"
