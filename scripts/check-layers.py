#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom: a layer may include itself and the layers to its left, adapters only <tocsin/...>."""
import pathlib
import re
import sys

LAYERS = ["base", "config", "contract", "loader", "host", "incident", "outbox", "delivery", "server", "cli"]
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)
# Third-party headers and the only layers that may see them.
OWNERS = {
    "yaml.h": {"config"},
    "curl/": {"delivery"},
    "microhttpd.h": {"server"},
    "nettle/": {"loader", "incident", "delivery"},
    "pcre2.h": {"contract"},
}


def problems(root):
    for path in sorted((root / "src").rglob("*.[ch]")):
        place = path.relative_to(root / "src")
        layer = place.parts[0] if len(place.parts) > 1 else "cli"
        if layer not in LAYERS:
            yield f"src/{place}: {layer} is no layer"
            continue
        for quote, name in INCLUDE.findall(path.read_text()):
            first = name.split("/")[0]
            if quote == '"' and "/" not in name and name != "build-config.h":
                yield f'src/{place}: "{name}" does not name its layer'
            elif quote == '"' and first in LAYERS and LAYERS.index(first) > LAYERS.index(layer):
                yield f"src/{place}: {layer} must not include {name}"
            for prefix, owners in OWNERS.items():
                if quote == "<" and name.startswith(prefix) and layer not in owners:
                    yield f"src/{place}: only {', '.join(sorted(owners))} may include <{name}>"
    for path in sorted((root / "include").rglob("*.h")):
        for quote, name in INCLUDE.findall(path.read_text()):
            if quote == '"' or (name.startswith("tocsin/") is False and "/" in name):
                yield f"{path.relative_to(root)}: a public header includes {name}"
    for path in sorted((root / "adapters").rglob("*.[ch]")):
        for quote, name in INCLUDE.findall(path.read_text()):
            if quote == '"' or name == "tocsin/host.h":
                yield f"{path.relative_to(root)}: an adapter may include only the public headers, not {name}"


found = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
print("\n".join(found) if found else "layers: every include points to the left")
sys.exit(1 if found else 0)
