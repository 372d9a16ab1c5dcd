#!/usr/bin/env bash
# Installs Alcove for this user, so that a double click on a .alcove file
# opens it. Usage: install.sh BIN
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=$1
data=${XDG_DATA_HOME:-$HOME/.local/share}
target=$HOME/.local/bin/alcove

install -D -m 755 "$bin" "$target"
install -D -m 644 build/icon.svg "$data/icons/hicolor/scalable/apps/alcove.svg"
install -D -m 644 build/icon.svg "$data/icons/hicolor/scalable/mimetypes/application-vnd.alcove.extension.svg"
install -D -m 644 build/linux/alcove.xml "$data/mime/packages/alcove.xml"
mkdir -p "$data/applications"
# In Exec a path is quoted, and the four characters that stay special there
# are escaped (desktop entry specification, "The Exec key").
quoted=$(sed 's/[\\"`$]/\\\\&/g' <<<"$target")
while IFS= read -r line; do
  printf '%s\n' "${line//@BIN@/\"$quoted\"}"
done <build/linux/alcove.desktop >"$data/applications/alcove.desktop"
if command -v update-mime-database >/dev/null; then update-mime-database "$data/mime"; fi
if command -v update-desktop-database >/dev/null; then update-desktop-database "$data/applications"; fi
if command -v xdg-mime >/dev/null; then xdg-mime default alcove.desktop application/vnd.alcove.extension; fi
echo "install: $target"
echo "install: a double click on a .alcove file now opens Alcove"
case ":$PATH:" in
  *":$(dirname "$target"):"*) ;;
  *) echo "install: $(dirname "$target") is not on PATH, so a terminal does not find 'alcove' yet. Log in again, or add it: export PATH=\"\$HOME/.local/bin:\$PATH\"" ;;
esac
