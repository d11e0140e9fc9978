#!/bin/bash
# ./dev bench: measures the store beside others, or the visualizer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/build.sh

help_text() {
  cat <<'TEXT'
./dev bench [ARGUMENT…]
./dev bench viz [--quick]

Measures Sediment and other stores with the same workloads, prints the table, writes build/bench/store.json and draws plots into
build/bench/plots/. The arguments go to sediment-bench; `build/release/bin/sediment-bench --help` lists all of them, once it is built.
`bench viz` measures the visualizer and writes build/bench/viz.json.

  ./dev bench                                                          everything, three quarters of an hour
  ./dev bench --quick                                                  a minute or two; its numbers mean nothing
  ./dev bench --only get-hit,get-miss --contestants sediment,kyoto     two workloads, two stores
  ./dev bench --keys 5000000 --only overwrite --no-curves              a larger store
  ./dev bench viz                                                      the visualizer
TEXT
}

main() {
  help_if_asked "$@"
  if [[ ${1:-} == viz ]]; then
    shift
    bench_viz "$@"
    return
  fi
  local json=build/bench/store.json
  install_missing base bench
  build_preset release sediment-bench
  build/release/bin/sediment-bench --json "$json" "$@"
  echo "bench: the same as JSON: $json"
  /usr/bin/python3 tests/bench/report.py "$json" # the system's own, which has Debian's matplotlib
}

bench_viz() {
  local json=build/bench/viz.json
  local options=()
  refuse_arguments bench "${@:2}"
  case "${1:-}" in
    '') options=(--benchmark_repetitions=5) ;;
    --quick) ;;
    *) die "bench viz: unknown argument '$1'; try ./dev bench viz or ./dev bench viz --quick" ;;
  esac
  install_missing base bench
  build_preset release viz_bench
  mkdir -p "$(dirname "$json")"
  build/release/tests/viz_bench "${options[@]}" --benchmark_out="$json" --benchmark_out_format=json
  echo "bench: the same as JSON: $json"
}

main "$@"
