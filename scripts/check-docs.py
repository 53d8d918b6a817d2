#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every relative link in a folder's Markdown files leads to a file, and every #anchor to a heading."""
import pathlib
import re
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path):
    return {slug(line.lstrip("#")) for line in FENCE.sub("", path.read_text()).splitlines() if line.startswith("#")}


def main(root):
    broken = []
    for page in sorted(root.rglob("*.md")):
        name = str(page.relative_to(root))
        if name.startswith(("build", "artifacts", ".")):
            continue
        for target in LINK.findall(FENCE.sub("", page.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            place = (page.parent / path) if path else page
            if not place.exists():
                broken.append(f"{name}: {target} does not exist")
            elif anchor and place.suffix == ".md" and anchor not in anchors(place):
                broken.append(f"{name}: {target} names no heading")
    print("\n".join(broken) if broken else "docs: every link leads somewhere")
    return 1 if broken else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
