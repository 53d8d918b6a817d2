# SPDX-License-Identifier: Apache-2.0
"""A plugin built against the first version of ABI 1 is read, loaded and run like any other, ever after."""

from __future__ import annotations

import json
import os
import pathlib
import platform
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TOCSIN = pathlib.Path(os.environ["TOCSIN_BUILD"]) / "tocsin"
MACHINES = ["x86_64", "aarch64"]
NATIVE = HERE / f"first-{platform.machine()}.so"

INCIDENT = {"title": "one", "number": 5, "flag": False}
ARGUMENTS = {
    "title": "Disk",
    "severity": "CRITICAL",
    "summary": "nearly full",
    "status": "firing",
    "labels": {"team": "db"},
    "annotations": {"a": "b"},
    "links": {"run book": "https://wiki.example.com/disk"},
    "dedup_key": "disk:db1",
    "id": "n-1",
    "reference": "thread 5",
    "incidents": [INCIDENT, {}],
    "count": 2,
    "started_at": "2025-11-20T08:00:00Z",
    "ended_at": "2025-11-20T09:00:00Z",
}
PAYLOAD = {
    **ARGUMENTS,
    "title": "DISK",
    "severity": "critical",
    "summary": "near…",
    "status": "f<>r<>ng",
    "team": "db",
    "array": ["one", 2, 5, {"flag": False}],
}


@pytest.fixture
def plugins(tmp_path) -> pathlib.Path:
    """A copy with the permissions that a checkout may not have given."""
    if not NATIVE.exists():
        pytest.skip(f"there is no fixture for {platform.machine()}")
    copy = tmp_path / "first.so"
    shutil.copyfile(NATIVE, copy)
    copy.chmod(0o644)
    return copy


def tocsin(*arguments: object) -> subprocess.CompletedProcess:
    command = [str(TOCSIN), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def invoke(plugins: pathlib.Path, action: str, *options: str) -> subprocess.CompletedProcess:
    where = ("--plugins", plugins, "--config", "url=https://e.example")
    return tocsin("invoke", "delivery", "first", action, *where, *options)


def result(plugins: pathlib.Path, action: str, *options: str) -> object:
    done = invoke(plugins, action, *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["result"]


def as_options(arguments: dict) -> list[str]:
    return [part for key, value in arguments.items() for part in ("--arg-json", f"{key}={json.dumps(value)}")]


@pytest.mark.parametrize("machine", MACHINES)
def test_the_contract_reads_as_it_did(machine, tmp_path):
    copy = tmp_path / "first.so"
    shutil.copyfile(HERE / f"first-{machine}.so", copy)
    copy.chmod(0o644)
    done = tocsin("inspect", copy)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["machine"] == machine
    assert shown["plugin"] == json.loads((HERE / "first.json").read_text())


def test_settings_arrive_where_they_belong(plugins):
    assert result(plugins, "settings") == {
        "string": "text",
        "choice": "two",
        "url": "https://e.example",
        "integer": -7,
        "number": 0.1,
        "boolean": True,
        "duration": 90 * 60 * 1000,
        "size": 65536,
        "secret": False,
        "list": ["a", "b"],
        "map": {"k": "v"},
        "absent": None,
    }
    given = {
        "string": "other",
        "choice": "one",
        "integer": "-9223372036854775808",
        "number": "1e300",
        "boolean": "off",
        "duration": "1m30s",
        "size": "1MiB",
        "secret": "open sesame",
        "list": "x,y,z",
        "map": "p=q",
        "absent": "here",
    }
    options = [part for key, value in given.items() for part in ("--config", f"{key}={value}")]
    assert result(plugins, "settings", *options) == {
        "string": "other",
        "choice": "one",
        "url": "https://e.example",
        "integer": -(2**63),
        "number": 1e300,
        "boolean": False,
        "duration": 90000,
        "size": 1048576,
        "secret": True,
        "list": ["x", "y", "z"],
        "map": {"p": "q"},
        "absent": "here",
    }


def test_arguments_arrive_and_results_come_back(plugins):
    assert result(plugins, "deliver", *as_options(ARGUMENTS)) == {"endpoint": "https://e.example", "payload": PAYLOAD}


def test_a_nested_call_gives_the_payload_as_text(plugins):
    text = result(plugins, "preview", *as_options(ARGUMENTS))
    assert json.loads(text) == PAYLOAD
    assert text == json.dumps(PAYLOAD, sort_keys=True, ensure_ascii=False)


def test_nothing_is_a_result(plugins):
    assert result(plugins, "nothing") is None


def test_objects_are_read_and_an_outcome_is_given(plugins):
    attempt = {"request": {"a": 1, "b": 2}, "response": {"status": 200}}
    judged = result(plugins, "outcome", *as_options(attempt))
    assert judged == {"outcome": "delivered", "reason": "2 members sent", "reference": "first"}
    attempt["response"]["status"] = 500
    assert result(plugins, "outcome", *as_options(attempt))["outcome"] == "rejected"


def test_a_failure_keeps_its_chain(plugins):
    done = invoke(plugins, "preview", *as_options({**ARGUMENTS, "title": "!bad"}))
    assert done.returncode == 1
    assert "the title is !bad" in done.stderr
    assert "previewing" in done.stderr


@pytest.mark.parametrize(
    "option, complaint",
    [
        ("string=UPPER", "string"),
        ("choice=three", "choice"),
        ("integer=101", "integer"),
        ("number=-1", "number"),
        ("duration=25h", "duration"),
        ("size=2GiB", "size"),
        ("secret=abc", "secret"),
        ("list=a,b,c,d", "list"),
        ("map=a=1,b=2,c=3,d=4", "map"),
        ("strin=text", "string"),
    ],
)
def test_limits_hold(plugins, option, complaint):
    done = invoke(plugins, "settings", "--config", option)
    assert done.returncode != 0
    assert complaint in done.stderr
