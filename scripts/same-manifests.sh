#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manifest depends on the source only: not on compiler, optimisation, sanitizers, symbols or the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

reader=$1/tocsin
"$reader" --plugins "$1/adapters" manifest >"$work/expected"
for build in "$@"; do
	# Each build reads its own: plugins built with sanitizers need a library that others refuse.
	"$build/tocsin" --plugins "$build/adapters" manifest | cmp - "$work/expected"
	mkdir "$work/stripped"
	for plugin in "$build"/adapters/*.so; do
		strip -o "$work/stripped/${plugin##*/}" "$plugin"
	done
	"$build/tocsin" --plugins "$work/stripped" manifest | cmp - "$work/expected"
	rm -r "$work/stripped"
done

mkdir "$work/aarch64"
for source in adapters/*/*.c; do
	name=$(basename "$source" .c)
	aarch64-linux-gnu-gcc -std=c11 -O2 -fPIC -shared -Iinclude -o "$work/aarch64/$name.so" "$source"
done
"$reader" --plugins "$work/aarch64" manifest | cmp - "$work/expected"
echo "the same $(wc -c <"$work/expected") bytes from $# builds, their stripped copies and aarch64"
