#!/usr/bin/env bash
# Installs the Debian packages a group needs, by name, if they are missing.
# Usage: debian.sh build|test ...
set -euo pipefail

build=(gcc libc6-dev pkg-config libgtk-3-dev libwebkit2gtk-4.1-dev)
test=(xvfb openbox xdotool imagemagick chromium fonts-inter dbus-x11 xdg-utils
  shared-mime-info desktop-file-utils libglib2.0-bin x11-utils)

for tool in go node npm; do
  command -v "$tool" >/dev/null || {
    echo "Alcove needs $tool, which is not installed. Install Go 1.26 and Node 20 or newer, then run this again." >&2
    exit 1
  }
done
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
