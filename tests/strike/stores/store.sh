#!/bin/sh
# A store of one file for each key, for tests of `sediment-sim strike`: written beside it, then moved over it.
#   sh store.sh fill FAULT        in the directory of the store
#   sh store.sh check FAULT DIR
# FAULT: none, no-sync (of the file before the move), no-directory-sync (after it)
set -eu

put() { # KEY VALUE
  printf '%s\n' "$2" >"$1.new"
  if [ "$fault" != no-sync ]; then sync "$1.new"; fi
  mv "$1.new" "$1"
  if [ "$fault" != no-directory-sync ]; then sync .; fi
  echo "$1 $2"
}

fault=$2
if [ "$1" = fill ]; then
  for number in 1 2 3 4 5; do
    put "key-$((number % 2))" "$number"
  done
else
  while read -r key value; do
    found=-1
    if [ -e "$3/$key" ]; then found=$(cat "$3/$key"); fi
    if ! [ "${found:-0}" -ge "$value" ]; then
      echo "$key was acknowledged as $value, and is ${found:-nothing}"
      exit 1
    fi
  done <"$STRIKE_OUTPUT"
fi
