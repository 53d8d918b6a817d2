#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every relative link in the Markdown files leads to a file, and every #anchor to a heading."""
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.M | re.S)


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path):
    return {slug(line.lstrip("#")) for line in FENCE.sub("", path.read_text()).splitlines() if line.startswith("#")}


def main(root):
    names = subprocess.run(["git", "ls-files", "*.md"], cwd=root, capture_output=True, text=True, check=True).stdout
    broken = []
    for name in names.split():
        page = root / name
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
