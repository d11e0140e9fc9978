# shellcheck shell=bash
# Fetches Debian packages that are only unpacked below build/.
set -euo pipefail
. scripts/dev/lib/install.sh

# The headers of libc++ 13, for the preset portable. They are only unpacked below build/: as an installed package they would remove
# any other libc++ from the system.
fetch_libcxx_13() {
  local directory=build/libc++-13
  [[ -e $directory/usr/lib/llvm-13/include/c++/v1/version ]] && return
  command -v apt-get >/dev/null || die 'the preset portable needs the Debian package libc++-13-dev, and there is no apt-get here'
  echo 'setup: fetching the headers of libc++ 13 into build/ (1 MB, nothing is installed)' >&2
  mkdir -p "$directory"
  if ! download_libcxx_13 "$directory" >/dev/null 2>&1; then
    update_package_lists
    run_quietly 'setup: cannot fetch libc++-13-dev, which Debian 12 has' download_libcxx_13 "$directory"
  fi
  dpkg-deb -x "$directory"/libc++-13-dev_*.deb "$directory"
}

download_libcxx_13() {
  (cd "$1" && apt-get download -o APT::Sandbox::User=root libc++-13-dev)
}

# The source of Dear ImGui, of the same version as the package, for the browser. The system's own package lists stay as they are.
fetch_imgui_source() {
  local directory=build/imgui-source
  [[ -n $(imgui_source) ]] && return
  command -v apt-get >/dev/null || die 'the browser needs the source of Dear ImGui 1.86 in build/imgui-source/imgui-1.86, and there is no apt-get here'
  echo 'setup: fetching the source of Dear ImGui into build/ (11 MB, nothing is installed)' >&2
  mkdir -p "$directory"/apt-sources "$directory"/apt-lists/partial
  run_quietly 'setup: cannot fetch the source package imgui, which Debian 12 has' download_imgui_source "$directory"
}

imgui_source() {
  local source
  for source in build/imgui-source/imgui-*/imgui.cpp; do
    [[ ! -e $source ]] || dirname "$source"
  done
}

download_imgui_source() {
  cd "$1"
  local file
  local options=(
    -o APT::Sandbox::User=root # whom a folder of yours may not be open to
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$PWD/apt-sources"
    -o Dir::State::lists="$PWD/apt-lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ ! -e $file ]] || sed 's/^Types: deb$/Types: deb-src/' "$file" >"apt-sources/$(basename "$file")"
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ ! -e $file ]] || sed -n 's/^deb /deb-src /p' "$file" >"apt-sources/$(basename "$file" .list).list"
  done
  apt-get "${options[@]}" update || true # somebody else's packages may come without sources
  apt-get "${options[@]}" source imgui
}
