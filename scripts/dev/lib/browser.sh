# shellcheck shell=bash
# What the tests in a browser need besides Debian's packages.
set -euo pipefail

browser_modules=build/web-test

# Fetches playwright-core, which drives the browser, and axe-core, which judges pages: the versions of tests/web/package-lock.json.
prepare_browser_tests() {
  mkdir -p "$browser_modules"
  if ! cmp -s tests/web/package-lock.json "$browser_modules/installed-lock.json"; then
    cp tests/web/package.json tests/web/package-lock.json "$browser_modules"
    run_quietly 'npm cannot install playwright-core and axe-core' npm ci --prefix "$browser_modules" --no-audit --no-fund
    cp tests/web/package-lock.json "$browser_modules/installed-lock.json"
  fi
}
