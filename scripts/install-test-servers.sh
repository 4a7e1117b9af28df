#!/usr/bin/env bash
# Installs what some tests talk to, where it is missing: scripts/install-test-servers.sh [chromium] [postgresql] [redis] [tesseract]
# Debian and Ubuntu, as root or with sudo; elsewhere it says what to install and ends with 1.
set -euo pipefail

# pg_ctl itself is not on the path; its wrapper comes with it. redis-check-rdb is Redis' server by another name: the package
# redis-server is a link to it, and starts one for good.
declare -A PROGRAM=([chromium]="chromium" [postgresql]="pg_ctlcluster" [redis]="redis-check-rdb" [tesseract]="tesseract")
declare -A PACKAGES=([chromium]="chromium fonts-noto-cjk" [postgresql]="postgresql" [redis]="redis-tools"
  [tesseract]="tesseract-ocr tesseract-ocr-chi-sim")

(($#)) || set -- "${!PROGRAM[@]}"
packages=()
for name in "$@"; do
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
# Tests start their own server; without this file the package starts one for good.
if [[ " ${packages[*]} " == *" postgresql "* && ! -e /etc/postgresql-common/createcluster.conf ]]; then
  "${as_root[@]}" mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
"${as_root[@]}" apt-get -qq update >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${packages[@]}" >&2
