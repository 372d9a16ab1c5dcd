#!/usr/bin/env bash
# Opens the window, or serves the same interface on loopback where there is no
# display. Usage: run.sh BIN [FILE]
set -euo pipefail
bin=$1
shift
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  exec "$bin" "$@"
fi
data=${XDG_DATA_HOME:-$HOME/.local/share}/alcove
mkdir -p "$data"
echo "There is no display here, so Alcove serves its interface on loopback. Open the address below in a browser on this machine."
exec "$bin" serve --vault "$data/Home vault"
