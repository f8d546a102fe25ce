#!/bin/sh
# Installs the Debian packages that are missing, and says nothing when none is.
#
#   packaging/install-deps.sh          to build and run
#   packaging/install-deps.sh test     to lint and test as well
#   packaging/install-deps.sh bench    to measure as well
#
# As root it runs apt-get itself, else through sudo.
set -eu

packages="gcc libc6-dev make pkg-config ca-certificates
libmicrohttpd-dev libsqlite3-dev libcurl4-openssl-dev libssl-dev libjansson-dev libargon2-dev
libinih-dev libcmark-gfm-dev libcmark-gfm-extensions-dev libgumbo-dev zlib1g-dev libseccomp-dev
libavcodec-dev libavformat-dev libavfilter-dev libavutil-dev libswscale-dev libswresample-dev"
testing="ffmpeg libcmocka-dev sqlite3 chromium clang clang-format clang-tidy libclang-rt-14-dev
cppcheck nginx-light openssl curl procps git"

case "${1:-}" in
"") ;;
test) packages="$packages $testing" ;;
bench) packages="$packages ffmpeg nginx-light wrk time sqlite3 openssl" ;;
*) echo "usage: $0 [test|bench]" >&2; exit 2 ;;
esac
# Node may have come from elsewhere, with npm in it.
command -v node >/dev/null || packages="$packages nodejs"
command -v npm >/dev/null || packages="$packages npm"

missing=""
for p in $packages; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] ||
        missing="$missing $p"
done
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "These Debian packages are missing, and there is no sudo to install them:$missing" >&2
        exit 1
    }
    sudo=sudo
fi
echo "Installing Debian packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 \
        -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null || {
        tail -n 20 "$log" >&2
        return 1
    }
}
apt update
# shellcheck disable=SC2086
apt install --no-install-recommends $missing
