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
mkdir -p -m 700 "$data"
vault=$data/Home # where the window makes its first one, too
if [ ! -d "$vault" ] && [ -d "$data/Home vault" ]; then
  vault="$data/Home vault" # what earlier versions made here
fi
address=${XDG_RUNTIME_DIR:-$data}/alcove-serve.address
# The address of a run that is still there, or was killed, is in this file.
if [ -s "$address" ] && port=$(sed -n 's|^http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$address") && [ -n "$port" ] &&
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  echo "Alcove is running already and serves the vault in $vault. Its address opens in one tab:"
  cat "$address"
  echo "If that tab is closed, end the other 'make run' with Ctrl+C and start it again for a new address."
  exit 0
fi
echo "There is no display here, so Alcove serves its interface on loopback, with the vault in $vault. Open this address in a browser on this machine:"
exec "$bin" serve --vault "$vault" --url-file "$address"
