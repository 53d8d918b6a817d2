#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the fixtures of ABI 1: first-x86_64.so and first-aarch64.so from first.c and the public headers, and
# first.json, the contract in them. Run when ABI 1 is made and then never again: the point of the fixtures is
# that they are older than the program that loads them. With --contract only first.json is written, for when
# the manifest's format gains a member.
#
#	tests/abi/build.sh [--contract] [BUILD_DIRECTORY]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
machines="x86_64 aarch64"
if [ "${1:-}" = --contract ]; then
	machines=
	shift
fi
build=${1:-$root/build}

for machine in $machines; do
	file=$here/first-$machine.so
	"$machine-linux-gnu-gcc" -std=c11 -pedantic-errors -Wall -Wextra -Wconversion -Werror -O2 -fPIC -shared \
		-fvisibility=hidden -fno-asynchronous-unwind-tables -Wl,-s -Wl,--build-id=none -Wl,-z,separate-code \
		-Wl,-z,max-page-size=4096 -I"$root/include" -o "$file" "$here/first.c"
	chmod 644 "$file"
	echo "$file: $(stat -c %s "$file") bytes"
done
contract=$("$build/tocsin" inspect "$here/first-x86_64.so")
printf '%s' "$contract" |
	python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["plugin"], indent=2, sort_keys=True))' \
		>"$here/first.json"
