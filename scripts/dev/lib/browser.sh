# shellcheck shell=bash
# What the tests in a browser need from npm, of the versions in tests/web/package-lock.json, outside of the sources.
set -euo pipefail

browser_modules=build/web-test

install_browser_modules() {
  mkdir -p "$browser_modules"
  if ! cmp -s tests/web/package-lock.json "$browser_modules/installed-lock.json"; then
    cp tests/web/package.json tests/web/package-lock.json "$browser_modules"
    run_quietly "$1: npm cannot install what drives the browser" npm ci --prefix "$browser_modules" --no-audit --no-fund
    cp tests/web/package-lock.json "$browser_modules/installed-lock.json"
  fi
}
