#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs into an empty place, uses what was installed, uninstalls, and looks for what was left behind.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

/usr/bin/meson setup "$work/build" --prefix "$work/prefix" >/dev/null
ninja -C "$work/build" --quiet
mkdir "$work/prefix"
/usr/bin/meson install -C "$work/build" --no-rebuild >/dev/null

prefix=$work/prefix
"$prefix/bin/tocsin" registry --group delivery
"$prefix/bin/tocsin" invoke delivery console deliver --arg title=t --arg severity=info --arg summary=s
library=$(dirname "$(find "$prefix" -name tocsin.pc)")
cat >"$work/embed.c" <<'C'
#include <stdio.h>
#include <tocsin/host.h>
int main(void)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_host *host;
	char *json;

	if (tocsin_host_new(&host, &err) || tocsin_host_manifest(host, NULL, &json, &err))
		return 1;
	puts(json);
	tocsin_text_free(json);
	tocsin_host_free(host);
	return 0;
}
C
export PKG_CONFIG_PATH=$library
# shellcheck disable=SC2046
cc -std=c11 -o "$work/embed" "$work/embed.c" $(pkg-config --cflags --libs tocsin)
[ "$(LD_LIBRARY_PATH=$(dirname "$library") "$work/embed")" = "{}" ]

ninja -C "$work/build" uninstall >/dev/null
left=$(find "$prefix" -mindepth 1)
if [ -n "$left" ]; then
	printf 'left behind:\n%s\n' "$left" >&2
	exit 1
fi
echo "installed, used, uninstalled, nothing left"
