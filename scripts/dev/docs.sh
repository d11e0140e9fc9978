#!/bin/bash
# ./dev docs: builds the book. It is still to come.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh

help_text() {
  cat <<'TEXT'
./dev docs

Will build the book. It is still to be written; the pages in docs/ can be read as they are.

  ./dev docs
TEXT
}

help_if_asked "$@"
not_available_yet 'the book is still to be written; the pages in docs/ can be read as they are.'
