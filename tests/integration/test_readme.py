# SPDX-License-Identifier: Apache-2.0
"""Holds the README's commands against what they print."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TOCSIN_BUILD", ROOT / "build"))


def run(command):
    environment = dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}")
    return subprocess.run(command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)


def test_commands_print_what_the_readme_shows():
    page = (ROOT / "README.md").read_text()
    shown = re.findall(r"^```\n\$ (tocsin (?:signatures|invoke)[^\n]*)\n(.*?)^```$", page, re.M | re.S)
    assert len(shown) == 2
    for command, output in shown:
        done = run(command)
        assert done.returncode == 0, done.stderr
        wanted, _, rest = output.partition("...\n")
        assert not rest
        assert done.stdout.startswith(wanted) if "...\n" in output else done.stdout == wanted, command


def test_the_demo_prints_what_the_readme_shows():
    page = (ROOT / "README.md").read_text()
    shown = re.search(r"^```\n(\$ tocsin deliver.*?)^```$", page, re.M | re.S).group(1)
    done = run(f"scripts/demo.sh {BUILD}")
    assert done.returncode == 0, done.stdout + done.stderr
    timeless = re.compile(r" +\d+\.\d ms")
    assert timeless.sub("", done.stdout) == timeless.sub("", shown)
