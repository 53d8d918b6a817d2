#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a table of the benchmark's JSON (first argument) and keeps the JSON, with the machine, at the second."""
import json
import os
import platform
import sys

# The bars of the design, in nanoseconds: what each row is held against.
BARS = {
    "read a contract, nothing executed": 20e3,
    "manifest of 1,000 plugins, from disk to text": 40e6,
    "round trip to a worker, same CPU": 25e3,
    "round trip to a worker, across CPUs": 120e3,
}


def human(ns):
    for limit, unit in ((1e3, "ns"), (1e6, "us"), (1e9, "ms")):
        if ns < limit:
            return f"{ns / limit * 1e3:.1f} {unit}"
    return f"{ns / 1e9:.2f} s"


def main(source, kept):
    with open(source) as file:
        rows = json.load(file)
    width = max(len(row["name"]) for row in rows)
    print(f'{"what":<{width}}  {"median":>10}  {"ratio":>9}  {"bar":>9}  floor')
    for row in rows:
        ratio = f'{row["ratio"]:.2f} x' if "ratio" in row else "1 x"
        row["bar_ns"] = BARS.get(row["name"])
        row["within_bar"] = None if row["bar_ns"] is None else row["ns"] <= row["bar_ns"]
        bar = "" if row["bar_ns"] is None else human(row["bar_ns"]) + ("" if row["within_bar"] else " !")
        print(f'{row["name"]:<{width}}  {human(row["ns"]):>10}  {ratio:>9}  {bar:>9}  {row["floor"] or ""}')
    report = {"machine": {"system": platform.platform(), "cpus": os.cpu_count(), "libc": " ".join(platform.libc_ver())},
              "rows": rows}
    with open(kept, "w") as file:
        json.dump(report, file, indent=2, sort_keys=True)
        file.write("\n")
    print(f"\nas JSON: {kept}")


main(*sys.argv[1:])
