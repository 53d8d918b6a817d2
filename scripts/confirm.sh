#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every test there is, on every build that is promised to pass them. Stops at the first step that fails, with its
# output; says how long each took.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8

scripts/setup.sh build
scripts/setup.sh test

logs=build-logs
mkdir -p $logs
step() {
	local name=$1 log=$logs/${1// /-}.log start=$SECONDS
	shift
	printf '== %-58s' "$name"
	if "$@" >"$log" 2>&1; then
		printf 'ok %4ds\n' $((SECONDS - start))
	else
		printf 'FAILED\n'
		tail -n 200 "$log"
		exit 1
	fi
}

# configure DIRECTORY OPTION...: a build directory, made anew when its options changed.
configure() {
	local directory=$1
	shift
	if [ -f "$directory/build.ninja" ]; then
		/usr/bin/meson setup --reconfigure "$directory" "$@"
	else
		/usr/bin/meson setup "$directory" "$@"
	fi
}

suite() {
	/usr/bin/meson test -C "$1" --print-errorlogs --num-processes 2 "${@:2}"
}

step "rules: layers, format, banned functions" scripts/lint.sh rules

step "gcc: configure" configure build
step "gcc: build" ninja -C build
step "gcc: every test" suite build

step "gcc, address and undefined sanitizers: configure" \
	configure build-sanitized -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debug
step "gcc, address and undefined sanitizers: build" ninja -C build-sanitized
step "gcc, address and undefined sanitizers: every test" suite build-sanitized --timeout-multiplier 3

CC=clang step "clang, release: configure" configure build-clang -Dbuildtype=release
step "clang, release: build" ninja -C build-clang
step "clang, release: unit tests" suite build-clang --suite unit

step "gcc, release: configure" configure build-bench -Dbuildtype=release
step "gcc, release: build, benchmarks too" ninja -C build-bench all bench/bench

step "manifests are the same bytes from every build" \
	scripts/same-manifests.sh build build-sanitized build-clang build-bench
step "static analysis" scripts/lint.sh analysis
step "install, use, uninstall" scripts/check-install.sh build
step "demo" make --no-print-directory demo
step "proof bundles" make --no-print-directory proof

# A step that fails ends the run, so nothing that is counted here failed.
cat $logs/*tests.log $logs/*every-test.log |
	awk '/^Ok:/ { ok += $2 } /^Skipped:/ { skipped += $2 } END { print ok " passed, 0 failed, " skipped + 0 " skipped" }'
