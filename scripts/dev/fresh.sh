#!/bin/bash
# ./dev fresh: runs a command on a newly installed Debian.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. scripts/dev/lib/common.sh
. scripts/dev/lib/install.sh

help_text() {
  cat <<'TEXT'
./dev fresh [--keep] [SUITE] [COMMAND [ARGUMENT…]]

Runs a command (./dev test, unless another one is named) as on a newly installed Debian: in a chroot that holds a minimal system of
that release (bookworm, unless another one is named), git, and a clone of HEAD, and nothing else that is installed here.

  ./dev fresh                          the tests on Debian 12
  ./dev fresh trixie                   the tests on Debian 13
  ./dev fresh trixie ./dev demo        another command
  ./dev fresh --keep trixie bash       look around; the system stays afterwards, and its folder is printed

The exit code is that of the command. It needs root. The base system of each release is made once, in a minute, and kept in build/fresh/
or the folder that $SEDIMENT_FRESH_DIR names, with the packages that were downloaded; remove the folder to start from scratch. Packages come
from this machine's Debian mirror if it has one, through its proxies.
TEXT
}

main() {
  local keep='' suite=bookworm
  case "${1:-}" in
    -h | --help) help_if_asked "$1" ;; # only here: further on it is an argument of the command
    --keep)
      keep=yes
      shift
      ;;
    -*) die "fresh: unknown option '$1'; ./dev fresh --help lists them" ;;
  esac
  ((EUID == 0)) || die 'fresh: a chroot needs root: sudo ./dev fresh …'
  install_missing fresh
  if [[ -e /usr/share/debootstrap/scripts/${1:-} && -n ${1:-} ]]; then
    suite=$1
    shift
  fi
  (($# > 0)) || set -- ./dev test
  [[ $1 == -* ]] && die "fresh: unknown option '$1'; ./dev fresh --help lists them"
  command -v "$1" >/dev/null || die "fresh: '$1' is neither a release that debootstrap knows nor a command; ./dev fresh --help has examples"

  local store=${SEDIMENT_FRESH_DIR:-$PWD/build/fresh}
  mkdir -p "$store"
  store=$(cd "$store" && pwd)
  [[ -e $store/base-$suite ]] || make_base_system "$suite" "$store"
  [[ -z $(git status --porcelain 2>/dev/null) ]] || echo 'fresh: what is not committed here is not in the clone'

  local run status=0 started=$SECONDS
  run=$(mktemp -d "$store/run.XXXXXX")
  # shellcheck disable=SC2064 # the folder that it is now
  [[ -n $keep ]] || trap "rm -rf --one-file-system '$run'" EXIT
  cp -a --reflink=auto "$store/base-$suite" "$run/root"
  git clone -q "$PWD" "$run/root/root/sediment"
  echo "fresh: $(os_name "$run/root"), clone of $(git rev-parse --short HEAD): $*"
  run_inside "$run/root" "$store/packages-$suite" "$@" || status=$?
  echo "fresh: exit code $status after $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s: $*"
  [[ -z $keep ]] || echo "fresh: the system is in $run/root, the clone in $run/root/root/sediment"
  return $status
}

# make_base_system SUITE STORE: it gets its name last, so that half of one is never taken for a whole.
make_base_system() {
  local suite=$1 store=$2 base="$2/new-$1"
  local sources
  sources=$(sources_of_suite "$suite")
  echo "fresh: making the base system of $suite: about 350 MB in $store/, a minute or two, only once"
  rm -rf --one-file-system "$base"
  run_quietly "fresh: debootstrap could not make $suite" \
    debootstrap --variant=minbase --include=ca-certificates,git "$suite" "$base" "$(awk '{ print $2; exit }' <<<"$sources")"
  echo "$sources" >"$base/etc/apt/sources.list"
  apt-config dump | grep -E '^Acquire::(http|https|ftp)::Proxy' >"$base/etc/apt/apt.conf.d/90proxies" || true
  mv "$base" "$store/base-$suite"
}

# sources_of_suite SUITE: lines for sources.list, first that of the release itself. Where this machine is a Debian they are its own,
# with the other release's name.
sources_of_suite() {
  local suite=$1 codename lines
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016 # apt's variables
  lines=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk -v from="$codename" -v to="$suite" '
      $1 !~ /debian/ || $3 != "main" { next }
      $2 == from { release = "deb " $1 " " to " main" }
      $2 == from "-updates" || $2 == from "-security" { sub(from, to, $2); others[$1 " " $2] = 1 }
      END { if (release != "") { print release; for (other in others) print "deb " other " main" } }') || true
  echo "${lines:-deb http://deb.debian.org/debian $suite main}"
}

os_name() {
  # shellcheck source=/dev/null
  (. "$1/etc/os-release" && echo "${PRETTY_NAME:-}")
}

# run_inside ROOT PACKAGES COMMAND…: with processes and mounts of its own, which end with it.
run_inside() {
  local root=$1 packages=$2
  shift 2
  mkdir -p "$packages"
  [[ ! -e /etc/resolv.conf ]] || cp /etc/resolv.conf "$root/etc/resolv.conf"
  # shellcheck disable=SC2016 # the inner shell's variables
  unshare --mount --pid --fork --kill-child bash -c '
    set -e
    root=$1 packages=$2
    shift 2
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t tmpfs tmpfs "$root/tmp"
    mount --bind "$packages" "$root/var/cache/apt/archives"
    trap "exit 130" INT TERM # process 1 of its world ignores them otherwise
    chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "TERM=${TERM:-dumb}" \
      ${CI:+"CI=$CI"} ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
      ${no_proxy:+"no_proxy=$no_proxy"} bash -c "cd /root/sediment && exec \"\$@\"" bash "$@"
  ' fresh "$root" "$packages" "$@"
}

main "$@"
