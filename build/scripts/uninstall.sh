#!/usr/bin/env bash
# Takes back what install.sh put in place. Vaults and keys stay.
set -euo pipefail
data=${XDG_DATA_HOME:-$HOME/.local/share}
rm -f "$HOME/.local/bin/alcove" "$data/applications/alcove.desktop" "$data/mime/packages/alcove.xml" \
  "$data/icons/hicolor/scalable/apps/alcove.svg" \
  "$data/icons/hicolor/scalable/mimetypes/application-vnd.alcove.extension.svg"
if command -v update-mime-database >/dev/null && [ -d "$data/mime" ]; then update-mime-database "$data/mime"; fi
if command -v update-desktop-database >/dev/null && [ -d "$data/applications" ]; then update-desktop-database "$data/applications"; fi
echo "uninstall: done; vaults and the publisher key were left alone"
