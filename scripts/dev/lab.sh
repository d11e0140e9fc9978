#!/bin/bash
# ./dev lab: builds and grades a lab. They are still to come.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh

help_text() {
  cat <<'TEXT'
./dev lab N [ARGUMENT…]

Will build and grade lab N. The labs are still to be written.

  ./dev lab 4
TEXT
}

help_if_asked "$@"
not_available_yet 'the labs are still to be written.'
