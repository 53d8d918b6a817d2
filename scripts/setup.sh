#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing from Debian's packages. setup.sh build: to build and run; setup.sh test: also to test.
set -eu

build="ca-certificates gcc libc6-dev make meson ninja-build pkg-config python3-minimal
	libcurl4-gnutls-dev libjansson-dev libmicrohttpd-dev libpcre2-dev libyaml-dev nettle-dev"
tests="binutils clang clang-format clang-tidy curl g++ gcc-aarch64-linux-gnu groff-base libc6-dev-arm64-cross
	libclang-rt-14-dev libcmocka-dev lld man-db python3-pytest strace"

wanted=$build
case "${1:-build}" in
build) ;;
test) wanted="$build $tests" ;;
*)
	echo "usage: $0 build|test" >&2
	exit 2
	;;
esac

missing=
for package in $wanted; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root="env DEBIAN_FRONTEND=noninteractive"
[ "$(id -u)" -eq 0 ] || as_root="sudo $as_root"
echo "setup: installing$missing"
# shellcheck disable=SC2086
$as_root apt-get install -y -q --no-install-recommends $missing >/dev/null 2>&1 || {
	$as_root apt-get update -q >/dev/null
	$as_root apt-get install -y -q --no-install-recommends $missing
}
