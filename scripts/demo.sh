#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts a local receiver, delivers examples/alertmanager-webhook.json through three adapters, and checks that
# all of it arrived. Exit 0 only then.
set -eu

build=$1
work=$(mktemp -d)
sink=
trap '[ -z "$sink" ] || kill "$sink" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM

"$build/tocsin" sink --listen 127.0.0.1:9199 --record "$work/received.jsonl" --quiet >"$work/sink.out" 2>"$work/sink.err" &
sink=$!
tries=0
until grep -q '^listening on' "$work/sink.out" 2>/dev/null; do
	if ! kill -0 "$sink" 2>/dev/null || [ "$tries" -ge 100 ]; then
		echo "demo: the sink did not start:" >&2
		cat "$work/sink.out" "$work/sink.err" >&2
		exit 1
	fi
	tries=$((tries + 1))
	sleep 0.02
done

echo '$ tocsin deliver --config examples/tocsin.yaml examples/alertmanager-webhook.json'
"$build/tocsin" deliver --config examples/tocsin.yaml --report "$work/report.json" examples/alertmanager-webhook.json
kill "$sink"
wait "$sink" || true
sink=
python3 scripts/demo_check.py "$work/report.json" "$work/received.jsonl"
