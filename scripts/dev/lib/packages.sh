# shellcheck shell=bash
# What has to be installed, in groups, so that a command installs no more than it needs. Which release has which version of a library
# is known here and in viz/draw/imgui_compat.h.
set -euo pipefail

# packages_of GROUP: names of Debian packages.
packages_of() {
  case "$1" in
    base)
      echo g++ cmake ninja-build libxxhash-dev nlohmann-json3-dev libcli11-dev libfmt-dev libgtest-dev librapidcheck-dev \
        pkg-config libimgui-dev libglfw3-dev libgl-dev libstb-dev libfuse3-dev fuse3 fonts-inter fonts-jetbrains-mono
      ;;
    clang) echo clang-14 libclang-rt-14-dev llvm-14 ;; # llvm-14: names and lines in what a sanitizer reports
    format) echo clang-format-14 ;;
    tidy) echo clang-tidy-14 ;;
    bench)
      echo libbenchmark-dev python3 python3-matplotlib \
        libleveldb-dev librocksdb-dev liblmdb-dev libsqlite3-dev libtkrzw-dev libkyotocabinet-dev
      ;;
    video) echo ffmpeg ;;
    window) # tests of the window, on a virtual screen
      echo xvfb xauth xdotool libgl1-mesa-dri imagemagick x11-utils x11-xkb-utils xclip fonts-droid-fallback
      ;;
    mutants) echo python3 ;;
    fresh) echo debootstrap ;;
    lab) echo libseccomp-dev ;;
    course) echo parallel python3 similarity-tester ;;
    cluster) echo slurmctld slurmd slurm-client munge ;; # a test starts a Slurm of its own
    debugger) echo gdb ;;
    scripts) echo shellcheck zsh fish groff-base ;; # tests read the scripts, completions and manual pages with these, where they are there
    web) echo emscripten dpkg-dev nodejs npm chromium fonttools esbuild ;; # dpkg-dev unpacks sources; fonttools and esbuild make fonts and scripts smaller
    docs) echo mkdocs mkdocs-material ;;
    *) die "setup: there is no group of packages '$1'" ;;
  esac
}

# tools_of GROUP: names of its programs, by which another system than Debian can be asked for them.
tools_of() {
  case "$1" in
    base) echo g++ cmake ninja ;;
    clang) echo clang++-14 ;;
    format) echo clang-format-14 ;;
    tidy) echo clang-tidy-14 ;;
    bench) ;; # CMake says what is missing
    video) echo ffmpeg ;;
    window) echo Xvfb xdotool import setxkbmap xprop xclip ;;
    mutants) echo python3 ;;
    fresh) echo debootstrap ;;
    lab) ;; # CMake says what is missing
    course) echo parallel python3 sim_c++ ;;
    cluster) echo slurmctld slurmd sbatch munged ;;
    debugger) echo gdb ;;
    scripts) echo shellcheck zsh fish groff ;;
    web) echo em++ node npm chromium pyftsubset esbuild ;;
    docs) echo mkdocs ;;
    *) die "setup: there is no group of packages '$1'" ;;
  esac
}
