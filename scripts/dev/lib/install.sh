# shellcheck shell=bash
# Installs Debian packages, or says what to install by hand.
set -euo pipefail
. scripts/dev/lib/packages.sh

# install_missing GROUP…: installs what is missing of these groups; silent when nothing is.
install_missing() {
  local group packages package
  local missing=()
  if ! command -v apt-get >/dev/null; then
    require_tools_without_apt "$@"
    return
  fi
  for group in "$@"; do
    packages=$(packages_of "$group")
    for package in $packages; do
      is_installed "$package" || missing+=("$package")
    done
  done
  if ((${#missing[@]} > 0)); then
    apt_install "${missing[@]}"
  fi
}

is_installed() {
  case "$1" in
    # Often from elsewhere, in a package that does not go together with Debian's.
    nodejs | npm | python3) ! command -v "${1%js}" >/dev/null || return 0 ;;
  esac
  [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

apt_install() {
  local plan
  echo "setup: missing $# Debian packages: $*"
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    echo "setup: installing them needs root, and there is no sudo. As root, run: apt-get install --no-install-recommends $*" >&2
    exit 2
  fi
  update_package_lists
  # Asks apt for its plan and answers no: that tells the numbers with everything that these packages need in turn.
  plan=$(LC_ALL=C apt-get install --no-install-recommends --assume-no -o Debug::NoLocking=1 "$@" 2>&1) || true
  grep -q 'newly installed' <<<"$plan" || die "setup: apt cannot install them:"$'\n'"$plan"
  awk '
    / newly installed/ { packages = $3 }
    /^Need to get/ { sub("Need to get ", ""); sub(" of archives.*", ""); sub(".*/", ""); download = $0 }
    /^After this operation, .* will be used/ { sub("After this operation, ", ""); sub(" of additional.*", ""); disk = $0 }
    END {
      megabytes = download ~ /GB/ ? 1000 : download ~ /MB/ ? download + 0 : 0
      duration = megabytes > 300 ? "a few minutes" : megabytes > 20 ? "about a minute" : "some seconds"
      printf "setup: installing %s packages (these and what they need): download %s, disk %s, %s\n", packages, download, disk, duration
    }' <<<"$plan"
  run_quietly 'setup: apt-get install failed' as_root apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
  echo 'setup: installed'
} >&2

update_package_lists() {
  echo 'setup: reading the package lists (apt-get update)'
  run_quietly 'setup: apt-get update failed' as_root apt-get update -o DPkg::Lock::Timeout=120
} >&2

as_root() {
  if ((EUID == 0)); then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# A system that is not Debian's kin: only the tools can be looked for here; CMake says which library it misses.
require_tools_without_apt() {
  local group tools tool
  local missing=()
  for group in "$@"; do
    tools=$(tools_of "$group")
    for tool in $tools; do
      command -v "$tool" >/dev/null || missing+=("$tool")
    done
  done
  if ((${#missing[@]} > 0)); then
    cat >&2 <<END
setup: no apt-get here, so please install by hand (not found: ${missing[*]}):
  tools      g++ 12 or later, CMake 3.22 or later, Ninja; for some commands Clang, clang-format and clang-tidy 14, ffmpeg, emscripten, Node.js
  libraries  xxHash, nlohmann/json, CLI11, {fmt} 9, GoogleTest, rapidcheck, Dear ImGui with GLFW 3.3 and OpenGL 3, stb
  fonts      Inter, JetBrains Mono
END
    exit 2
  fi
}
