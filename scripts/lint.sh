#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lint.sh rules: what a script can judge. lint.sh analysis: clang-tidy over the sources. Both without an argument.
set -euo pipefail
cd "$(dirname "$0")/.."

rules() {
	python3 scripts/check-layers.py .
	git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror

	# Functions that truncate, overflow or ignore errors; each has a better one in src/base.
	local banned='\b(strcpy|strncpy|strcat|strncat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|alloca|system|tmpnam|mktemp)\s*\('
	if git grep -nPw "$banned" -- src include adapters; then
		echo "lint: banned functions" >&2
		return 1
	fi
	# Memory comes from src/base/alloc.c, so that tests can refuse it.
	if git grep -nP '(?<![\w.>])(malloc|calloc|realloc|strdup|strndup|asprintf|free)\s*\(' -- src ':!src/base/alloc.c' ; then
		echo "lint: memory that does not come from src/base/alloc.h" >&2
		return 1
	fi
	if git grep -nP '[ \t]+$' -- '*.c' '*.h' '*.py' '*.sh' '*.md' '*.yaml' '*.build' Makefile; then
		echo "lint: white space at the end of a line" >&2
		return 1
	fi
	python3 scripts/check-docs.py .
}

analysis() {
	[ -f build/compile_commands.json ] || /usr/bin/meson setup build >/dev/null
	git ls-files 'src/*.c' 'adapters/*.c' | xargs -P 2 -n 1 clang-tidy --quiet -p build
}

case "${1:-all}" in
rules) rules ;;
analysis) analysis ;;
all) rules && analysis ;;
*)
	echo "usage: $0 [rules|analysis]" >&2
	exit 2
	;;
esac
