#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Review bundles under artifacts/: each can be read alone, without the repository and without running anything.
#   inspect        what can be known without running a plugin
#   tour           the shape, one invocation, one trace, where to look, a reading route
#   verify-report  the test output beside the public shape
#   proof          all three, and a check of each
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
what=$1
build=$2
tocsin=$build/tocsin
shape=(--plugins "$build/adapters")

# begin NAME: an empty bundle with the README and all that it and the guides refer to, so that no link is dead.
begin() {
	bundle=artifacts/$1
	rm -rf "$bundle"
	mkdir -p "$bundle"
	cp -r README.md ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md LICENSE docs examples "$bundle/"
	mkdir "$bundle/adapters"
	for adapter in adapters/*/; do
		cp -r "$adapter" "$bundle/adapters/"
	done
	mkdir "$bundle/include"
	cp -r include/tocsin "$bundle/include/"
}

finish() {
	python3 scripts/check-docs.py "$bundle" >/dev/null || python3 scripts/check-docs.py "$bundle"
	"$tocsin" bundle "$bundle" >/dev/null
	echo "$bundle: $(find "$bundle" -type f | wc -l) files; begin with $bundle/route.txt"
}

shape_of() {
	"$tocsin" manifest "${shape[@]}" >"$bundle/manifest.json"
	"$tocsin" registry "${shape[@]}" >"$bundle/registry.json"
	"$tocsin" signatures "${shape[@]}" >"$bundle/signatures.json"
}

inspect() {
	begin inspect
	shape_of
	"$tocsin" plugin delivery webhook "${shape[@]}" >"$bundle/plugin.json"
	"$tocsin" field delivery webhook timeout_seconds "${shape[@]}" >"$bundle/field.json"
	"$tocsin" action delivery webhook deliver "${shape[@]}" >"$bundle/action.json"
	"$tocsin" inspect "$build/adapters/webhook.so" | sed "s|$PWD/||" >"$bundle/file.json"
	cat >"$bundle/route.txt" <<'TEXT'
Everything here was read out of the plugin files; no plugin was loaded or run.
1. registry.json            which plugins there are
2. signatures.json          how each is constructed and called
3. manifest.json            every contract, whole
4. plugin.json              one of them: delivery/webhook
5. field.json action.json   one field and one action of it
6. file.json                the same contract as read from the file, with the file's SHA-256
7. docs/guides/inspect.md   what this kind of reading can and cannot tell
8. docs/guides/coercion.md  what each kind of field accepts
9. docs/guides/adapters.md  the source behind it
TEXT
	finish
}

tour() {
	begin tour
	shape_of
	"$tocsin" invoke delivery pager preview "${shape[@]}" --config service=payments --config routing_key=R0UT1NG \
		--arg 'title=Disk full' --arg severity=Critical --arg 'summary=/var has 0 bytes left' >"$bundle/invocation.json"
	"$tocsin" trace delivery pager preview "${shape[@]}" --config service=payments --config routing_key=R0UT1NG \
		--arg 'title=Disk full' --arg severity=Critical --arg 'summary=/var has 0 bytes left' >"$bundle/trace.json"
	cat >"$bundle/focus.txt" <<'TEXT'
What to look at, and where it is in the source:
- fields that validate and coerce          src/contract/field.c, src/contract/coerce.c
- actions that are recorded, signatures    src/host/instance.c, src/contract/manifest.c
- registration and construction            src/contract/registry.c, src/contract/values.c
- a manifest without running anything      src/loader/
- the process a plugin runs in             src/host/worker.c, docs/internals/host.md
- what may be sent where                   src/delivery/egress.c, src/delivery/request.c
TEXT
	cat >"$bundle/route.txt" <<'TEXT'
1. signatures.json         the shape: what can be constructed and called
2. invocation.json         one action run: pager.preview
3. trace.json              the same with configuration and history: preview called deliver, the inner call is first
4. adapters/pager/pager.c  the code that ran
5. focus.txt               what to look at in the source
6. docs/guides/where.md    where wrappers, fields and construction live
7. docs/guides/adapters.md an adapter, line by line
8. manifest.json           every contract
TEXT
	finish
}

verify_report() {
	begin verify-report
	shape_of
	/usr/bin/meson test -C "$build" --suite unit --suite rules --no-rebuild >"$bundle/tests.txt" 2>&1 || {
		cat "$bundle/tests.txt"
		return 1
	}
	sed -i "s|$PWD/||g" "$bundle/tests.txt"
	cat >"$bundle/route.txt" <<'TEXT'
1. tests.txt             what the unit and rule tests said
2. signatures.json       the public shape they ran against
3. manifest.json         the same, whole
4. docs/guides/proof.md  how to run all tests, and which test shows which promise
TEXT
	finish
}

case $what in
inspect) inspect ;;
tour) tour ;;
verify-report) verify_report ;;
proof)
	inspect
	tour
	verify_report
	for bundle in inspect tour verify-report; do
		"$tocsin" bundle --check "artifacts/$bundle" >/dev/null
		for name in $(grep -o '[a-z./-]*\.\(json\|md\|txt\|c\)' "artifacts/$bundle/route.txt"); do
			[ -f "artifacts/$bundle/$name" ] || {
				echo "proof: the route of $bundle names $name, which is not there" >&2
				exit 1
			}
		done
	done
	cmp artifacts/inspect/manifest.json artifacts/tour/manifest.json
	cmp artifacts/inspect/manifest.json artifacts/verify-report/manifest.json
	python3 - <<'PYTHON'
import json

trace = json.load(open("artifacts/tour/trace.json"))
actions = [record["action"] for record in trace["history"]]
assert actions == ["deliver", "preview"], actions
assert json.load(open("artifacts/tour/invocation.json"))["result"] == trace["result"]
plugin = json.load(open("artifacts/inspect/plugin.json"))
assert plugin in json.load(open("artifacts/inspect/manifest.json"))["delivery"]
assert json.load(open("artifacts/inspect/file.json"))["plugin"] == plugin
PYTHON
	echo "proof: the three bundles are whole and say the same"
	;;
*)
	echo "usage: $0 inspect|tour|verify-report|proof BUILD" >&2
	exit 2
	;;
esac
