#!/bin/bash
# The commands of ./dev, as far as it costs nothing: each is listed, explains itself, and refuses what it does not know before it
# installs or builds anything. Where shellcheck is installed, it reads all scripts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect EXIT_CODE TEXT COMMAND…: the command ends with this code, and its output holds the text.
expect() {
  local expected=$1 text=$2 output status=0
  shift 2
  output=$("$@" 2>&1) || status=$?
  ((status == expected)) || fail "$*: exit code $status, not $expected: $output"
  [[ $output == *"$text"* ]] || fail "$*: does not say \"$text\" but: $output"
}

listed=$(./dev | sed -n 's#^\./dev \([a-z]*\) .*#\1#p' | sort)
existing=$(basename --suffix .sh scripts/dev/*.sh | sort)
[[ $listed == "$existing" ]] || fail "./dev lists: $listed; but scripts/dev/ has: $existing"

for command in $existing; do
  if [[ $command == mutants ]] && ! command -v python3 >/dev/null; then
    continue # it would install Python
  fi
  expect 0 $'\n'"  ./dev $command" ./dev "$command" --help # an example
  expect 0 $'\n'"  ./dev $command" ./dev "$command" -h
done

for alias in '' help -h --help; do
  expect 0 './dev COMMAND --help' ./dev ${alias:+"$alias"}
done
expect 0 './dev build' env --chdir / "$PWD/dev" # from anywhere
expect 2 "./dev: unknown command 'tets'. There are:" ./dev tets
expect 2 "./dev: unknown command 'lib/common'. There are:" ./dev lib/common
expect 2 "./dev: unknown option '--preset'. There are:" ./dev --preset
expect 1 "there is no lab 'five'; ./dev lab lists them" ./dev lab five
expect 1 'try ./dev docs, ./dev docs --serve, ./dev docs --check' ./dev docs --serv
expect 1 '--part takes I/N' ./dev docs --test --part 4/4
expect 1 './dev docs --help has examples' ./dev docs --check --part 0/4
expect 1 'try ./dev setup or ./dev setup --all' ./dev setup --al
expect 1 './dev setup --help has examples' ./dev setup --all base
expect 1 "there is no preset 'relaese'; there are release" ./dev build relaese
expect 1 './dev build --help lists them' ./dev build release asan
expect 1 './dev test --help has examples' ./dev test --preset
if command -v ctest >/dev/null; then # else it would be installed
  expect 1 "has an option '--presett'; ./dev test --help" ./dev test --presett=asan
fi
expect 1 'the preset fuzz has no tests' ./dev test --preset fuzz
expect 1 'try ./dev format or ./dev format --check' ./dev format engine/store.cc
expect 1 './dev format --help has examples' ./dev format --check engine/store.cc
expect 1 './dev tidy --help has examples' ./dev tidy --fix
expect 1 "there is no file 'engine/stroe.cc'" ./dev tidy engine/stroe.cc
expect 1 '--part takes I/N' ./dev tidy --part
expect 1 'try ./dev web or ./dev web --test' ./dev web --tests
expect 1 './dev pictures --help has examples' ./dev pictures merge
expect 1 'try ./dev bench viz or ./dev bench viz --quick' ./dev bench viz --slow
expect 1 './dev fresh --help lists them' ./dev fresh --kep

if command -v shellcheck >/dev/null; then
  shellcheck dev .ci/run scripts/dev/*.sh scripts/dev/lib/*.sh tests/dev/*.sh || fail 'shellcheck has findings'
fi
for script in dev .ci/run scripts/dev/*.sh scripts/dev/lib/*.sh tests/dev/*.sh; do
  grep -qx 'set -euo pipefail' "$script" || fail "$script: not under set -euo pipefail"
done

((failures == 0)) || exit 1
echo "all as it must be: $(wc -w <<<"$existing") commands"
