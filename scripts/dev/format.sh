#!/bin/bash
# ./dev format: formats all sources.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/install.sh
. scripts/dev/lib/sources.sh

help_text() {
  cat <<'TEXT'
./dev format [--check]

Formats all sources in place, with clang-format 14. It leaves the lines of comments as they are.

  ./dev format             format them
  ./dev format --check     change nothing; name the files that are not formatted, and fail if there is one
TEXT
}

main() {
  help_if_asked "$@"
  refuse_arguments format "${@:2}"
  case "${1:-}" in
    '')
      install_missing format
      sources h cc | xargs --no-run-if-empty clang-format-14 -i
      ;;
    --check)
      local unformatted
      install_missing format
      # shellcheck disable=SC2016 # the inner shell's $1
      unformatted=$(sources h cc | xargs --no-run-if-empty -n 1 -P "$(nproc)" bash -c \
        'clang-format-14 --dry-run --Werror "$1" >/dev/null 2>&1 || echo "$1"' name_if_unformatted)
      [[ -z $unformatted ]] || die "format: these files are not formatted; ./dev format does it:"$'\n'"$unformatted"
      echo 'format: all files are formatted'
      ;;
    *) die "format: unknown argument '$1'; try ./dev format or ./dev format --check" ;;
  esac
}

main "$@"
