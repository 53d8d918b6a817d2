# SPDX-License-Identifier: Apache-2.0
"""The manual page: it renders without a warning and says what the help says."""
import re
import shutil
import subprocess

import pytest

COMMANDS = ["manifest", "registry", "plugin", "field", "action", "signatures", "inspect", "invoke", "trace", "check",
            "preview", "deliver", "sink", "bundle", "completion", "man"]


@pytest.fixture
def page(tocsin):
    return tocsin("man", check=True).out


@pytest.fixture
def rendered(page):
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-b", "-P-c", "-P-b", "-P-u"], input=page.encode(),
                          capture_output=True, check=True)
    assert done.stderr == b""
    return re.sub(r"\s+", " ", re.sub("‐\n *", "", done.stdout.decode()))


def test_it_renders_without_a_warning(rendered):
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "EXIT STATUS"):
        assert f" {section} " in f" {rendered}"


def test_man_takes_it(page, tmp_path):
    if not shutil.which("man"):
        pytest.skip("man is not installed")
    path = tmp_path / "tocsin.1"
    path.write_text(page)
    done = subprocess.run(["man", "--warnings", "-l", str(path)], capture_output=True, check=True)
    assert done.stderr == b""


def test_its_name_can_be_found(page, tmp_path):
    if not shutil.which("lexgrog"):
        pytest.skip("lexgrog is not installed")
    path = tmp_path / "tocsin.1"
    path.write_text(page)
    done = subprocess.run(["lexgrog", str(path)], capture_output=True, text=True, check=True)
    assert '"tocsin - incident delivery runtime"' in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_it_says_what_the_help_says(tocsin, rendered, command):
    text = tocsin(command, "--help", check=True).out
    assert re.search(r"Usage: (.*)", text).group(1) in rendered
    description = text.split("\n\n")[1]
    assert re.sub(r"\s+", " ", description) in rendered
    for option in re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", text, re.M):
        assert option in rendered


def test_nothing_in_it_begins_like_a_request_of_troff(page):
    for line in page.splitlines():
        if line.startswith((".", "'")):
            assert re.match(r"\.(TH|SH|SS|TP|PP|IP|B|I|RS|RE|nf|fi|br)\b|\.\\\"", line), line
