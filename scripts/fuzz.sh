#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes one target with libFuzzer until it is stopped or finds something. What it finds is written beside the seeds.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-}
known=$(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//' | tr '\n' ' ')
case " $known" in
*" $target "*) ;;
*)
	echo "usage: make fuzz TARGET=...; the targets are: $known" >&2
	exit 2
	;;
esac
scripts/setup.sh build
scripts/setup.sh test
[ -f build-fuzz/build.ninja ] ||
	CC=clang /usr/bin/meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
ninja -C build-fuzz "tests/fuzz/fuzz_$target"
mkdir -p "build-fuzz/corpus/$target"
exec "build-fuzz/tests/fuzz/fuzz_$target" -max_len=65536 "build-fuzz/corpus/$target" "tests/fuzz/corpus/$target"
