#!/usr/bin/env bash
# Installs the Debian packages a group needs, by name, if they are missing.
# Usage: debian.sh build|test ...
set -euo pipefail

build=(gcc libc6-dev pkg-config libgtk-3-dev libwebkit2gtk-4.1-dev)
test=(xvfb openbox xdotool xclip imagemagick chromium fonts-inter dbus-daemon dbus-x11 xdg-utils
  shared-mime-info desktop-file-utils libglib2.0-bin x11-utils iproute2 util-linux procps)

# at_least MAJOR.MINOR VERSION
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

where="Debian 12 has neither: get Go from https://go.dev/dl and Node from https://nodejs.org or https://deb.nodesource.com, put both on PATH, then run this again."
for tool in go node npm; do
  command -v "$tool" >/dev/null || {
    echo "Alcove needs Go 1.26 and Node 20 or newer, with npm, and there is no $tool here. $where" >&2
    exit 1
  }
done
has_go=$(GOTOOLCHAIN=local go env GOVERSION)
has_node=$(node --version)
if ! at_least 1.26 "${has_go#go}"; then
  echo "Alcove needs Go 1.26 or newer, and this is ${has_go#go} ($(command -v go)). $where" >&2
  exit 1
fi
if ! at_least 20 "${has_node#v}"; then
  echo "Alcove needs Node 20 or newer, and this is ${has_node#v} ($(command -v node)). $where" >&2
  exit 1
fi
if ! command -v dpkg-query >/dev/null; then
  echo "packages: this is no Debian system; expecting the equivalents of ${build[*]} to be there"
  exit 0
fi

wanted=()
for group in "$@"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    *) echo "unknown group: $group" >&2; exit 2 ;;
  esac
done

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "These packages are missing and installing them needs root: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "packages: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
