#!/usr/bin/env bash
# Installs what some tests talk to, where it is missing: scripts/install-test-servers.sh [chromium]
# Debian and Ubuntu, as root or with sudo; elsewhere it says what to install and ends with 1.
set -euo pipefail

declare -A PROGRAM=([chromium]="chromium")
declare -A PACKAGES=([chromium]="chromium fonts-noto-cjk")

packages=()
for name in "${@:-chromium}"; do
  [[ -v PROGRAM[$name] ]] || { echo "no server $name; there are: ${!PROGRAM[*]}" >&2; exit 2; }
  # shellcheck disable=SC2206  # several packages
  command -v "${PROGRAM[$name]}" >/dev/null || packages+=(${PACKAGES[$name]})
done
((${#packages[@]})) || exit 0

as_root=()
((EUID == 0)) || as_root=(sudo --non-interactive)
if ! command -v apt-get >/dev/null || { ((EUID)) && ! "${as_root[@]}" true 2>/dev/null; }; then
  echo "install these by hand: ${packages[*]}" >&2
  exit 1
fi
"${as_root[@]}" apt-get -qq update >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${packages[@]}" >&2
