# SPDX-License-Identifier: Apache-2.0
"""Follows docs/tutorial.md as a newcomer would: writes its files, runs its commands, compares every output."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TOCSIN_BUILD", ROOT / "build"))
BLOCK = re.compile(r"^```(\S+)([^\n]*)\n(.*?)^```$", re.M | re.S)
# What differs from run to run: durations, dates, and ids that are made of the current time.
VARIABLE = [(re.compile(r"\d+(\.\d+)? ms"), "N ms"), (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME")]


def steady(text):
    for pattern, replacement in VARIABLE:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


class Shell:
    """One shell for the whole page, so that exports and background jobs live on."""

    def __init__(self, folder):
        environment = dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}", LC_ALL="C.UTF-8", COLUMNS="120",
                           PKG_CONFIG_PATH=str(BUILD / "meson-uninstalled"))
        environment.pop("GOTIFY_TOKEN", None)
        self.process = subprocess.Popen(["bash"], cwd=folder, env=environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, command):
        self.process.stdin.write(command + "\nprintf '\\n--done--\\n'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line == "--done--\n":
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended in: {command}")


def commands(block):
    """The commands of a console block, each with the output the page shows."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def test_the_tutorial_works(tmp_path):
    page = (ROOT / "docs/tutorial.md").read_text()
    shell = Shell(tmp_path)
    ran = 0
    for language, argument, text in BLOCK.findall(page):
        argument = argument[1:]
        if language == "sh":
            assert "PKG_CONFIG_PATH=$PWD/build/meson-uninstalled" in text  # what Shell does for this build
        elif language == "console":
            for command, shown in commands(text):
                assert steady(shell.run(command)) == steady(shown), command
                ran += 1
        elif language in ("c-add", "c-before"):
            source = (tmp_path / "gotify.c").read_text()
            assert source.count(argument) == 1, f"{argument!r} is not there once"
            new = argument + "\n" + text.rstrip("\n") if language == "c-add" else text + argument
            (tmp_path / "gotify.c").write_text(source.replace(argument, new))
        else:
            (tmp_path / argument).write_text(text)
    shell.process.stdin.close()
    assert shell.process.wait(10) == 0
    assert ran >= 10
