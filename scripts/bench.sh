#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures an optimised build of its own, whatever build/ is.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
[ -f build-bench/build.ninja ] || /usr/bin/meson setup build-bench -Dbuildtype=release >/dev/null
ninja -C build-bench --quiet all bench/bench
mkdir -p artifacts
build-bench/bench/bench build-bench/adapters/console.so build-bench/tocsin-worker \
	>artifacts/bench.raw.json
python3 bench/table.py artifacts/bench.raw.json artifacts/bench.json
rm artifacts/bench.raw.json
