# shellcheck shell=bash
# Lists the sources.
set -euo pipefail

# The C++ files of the folders that exist, those with one of the given endings.
sources() {
  local folder ending
  local folders=() endings=()
  for folder in engine sim tests viz labs docs; do
    [[ ! -d $folder ]] || folders+=("$folder")
  done
  for ending in "$@"; do
    endings+=(-o -name "*.$ending")
  done
  find "${folders[@]}" -type f \( "${endings[@]:1}" \) | LC_ALL=C sort
}
