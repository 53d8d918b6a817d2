# SPDX-License-Identifier: Apache-2.0
"""The command line: the shapes of what is printed, wrong use, help, completion, and output that fails."""
import hashlib
import json
import os
import pty
import re
import shutil
import subprocess
import time

import pytest

from conftest import clean_environment

COMMANDS = ["manifest", "registry", "plugin", "field", "action", "signatures", "inspect", "invoke", "trace", "check",
            "preview", "deliver", "sink", "bundle", "completion", "man"]
SHIPPED = ["console", "pager", "pagerduty", "slack", "telegram", "webhook"]
SEED = ["--arg", "title=Disk full", "--arg", "severity=Critical", "--arg", "summary=/var is full"]


def is_sorted_json(text):
    """Whether text is JSON as tocsin prints it: indent 2, keys sorted, one line break at the end."""
    return text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


# ---- What exists ----

def test_manifest(tocsin):
    result = tocsin("manifest", check=True)
    assert is_sorted_json(result.out)
    assert [plugin["plugin_name"] for plugin in result.json["delivery"]] == SHIPPED
    for plugin in result.json["delivery"]:
        assert {"group", "plugin_name", "doc", "fields", "actions"} <= plugin.keys()
    assert tocsin("manifest", "--group", "delivery", check=True).out == result.out


def test_registry(tocsin):
    assert tocsin("registry", check=True).json == {"delivery": SHIPPED}
    one = tocsin("registry", "--group", "delivery", check=True)
    assert is_sorted_json(one.out)
    assert one.json == {"group": "delivery", "plugins": SHIPPED}


def test_plugin_is_the_manifests(tocsin):
    manifest = tocsin("manifest", check=True).json["delivery"]
    for plugin in manifest:
        assert tocsin("plugin", "delivery", plugin["plugin_name"], check=True).json == plugin


def test_field(tocsin):
    result = tocsin("field", "delivery", "webhook", "timeout_seconds", check=True).json
    assert sorted(result) == ["field", "group", "plugin_name"]
    assert (result["group"], result["plugin_name"]) == ("delivery", "webhook")
    assert {key: result["field"][key] for key in ("name", "kind", "default", "minimum", "maximum", "required")} == {
        "name": "timeout_seconds", "kind": "integer", "default": 5, "minimum": 1, "maximum": 60, "required": False}


def test_action(tocsin):
    result = tocsin("action", "delivery", "console", "deliver", check=True).json
    assert sorted(result) == ["action", "group", "plugin_name"]
    assert result["action"]["name"] == "deliver"
    assert result["action"]["signature"] == "(*, title: str, severity: str, summary: str) -> str"
    assert [parameter["name"] for parameter in result["action"]["parameters"]] == ["title", "severity", "summary"]


def test_signatures(tocsin):
    result = tocsin("signatures", check=True)
    assert is_sorted_json(result.out)
    assert [entry["plugin_name"] for entry in result.json["delivery"]] == SHIPPED
    assert result.json["delivery"][0] == {
        "plugin_name": "console",
        "constructor": "(*, prefix='[incident]', stream='stdout', uppercase_severity=False)",
        "actions": [{"name": "deliver", "signature": "(*, title: str, severity: str, summary: str) -> str"}],
    }
    assert tocsin("signatures", "--group", "delivery", check=True).json == result.json


@pytest.mark.parametrize("command, first, second", [
    ("manifest", ["GROUP", "PLUGIN", "VERSION", "TIER", "WHAT IT DOES"], "delivery  console"),
    ("registry", ["GROUP", "PLUGIN", "FILE"], "delivery  console"),
    ("signatures", ["GROUP", "PLUGIN", "ACTION", "SIGNATURE"], "delivery  console"),
])
def test_tables(tocsin, command, first, second):
    lines = tocsin(command, "--output", "table", check=True).out.splitlines()
    assert re.split(r"  +", lines[0]) == first
    assert lines[1].startswith(second)
    assert not [line for line in lines if line != line.rstrip()]
    starts = [match.start() for match in re.finditer(r"(?<=  )\S", lines[0])]
    for line in lines[1:]:
        for start in starts[:-1]:
            assert line[start - 1] == " " and line[start] != " "


def on_terminal(build, columns, *arguments):
    """What the command prints on a terminal; it must succeed."""
    parent, child = pty.openpty()
    subprocess.run(["stty", "cols", str(columns), "-opost"], stdin=child, check=True)
    process = subprocess.Popen([build / "tocsin", *arguments], stdin=child, stdout=child, stderr=subprocess.PIPE,
                               env=clean_environment())
    os.close(child)
    text = b""
    try:
        while chunk := os.read(parent, 65536):
            text += chunk
    except OSError:
        pass
    os.close(parent)
    assert process.wait() == 0
    process.stderr.close()
    return text.decode()


def test_tables_fit_the_terminal(build):
    """On a terminal of 60 columns no line is longer, and wide characters count twice."""
    lines = on_terminal(build, 60, "signatures", "--output", "table").splitlines()
    assert max(map(len, lines)) == 60
    assert any(line.endswith("…") for line in lines)


def test_json_cannot_drive_the_terminal(build, tocsin):
    """What changes the direction of text is escaped on a terminal, and only there; it is the same JSON."""
    wild = "a\u202eb\u2066c\u200fd\u0085e\u2028f\u00e9\n\\u202e"
    arguments = ["invoke", "delivery", "pager", "preview", "--config", "service=db", "--config", "routing_key=R0UT1NG",
                 "--arg", f"title={wild}", "--arg", "severity=critical", "--arg", "summary=s"]
    plain = tocsin(*arguments, check=True)
    shown = on_terminal(build, 80, *arguments)
    assert json.loads(shown) == plain.json
    assert wild[:6] in plain.out
    for character in "\u202e\u2066\u200f\u0085\u2028":
        assert character not in shown
    assert "\\u202eb\\u2066c" in shown and "\u00e9" in shown


def test_where_plugins_come_from(tocsin, adapters, tmp_path):
    for name in ("console", "pager", "webhook"):
        (tmp_path / name).mkdir()
        shutil.copy(adapters / f"{name}.so", tmp_path / name)
    one, two, three = (tmp_path / name for name in ("console", "pager", "webhook"))

    def names(*arguments, **environment):
        return tocsin("registry", *arguments, env=environment, check=True).json["delivery"]

    assert names("--plugins", one) == ["console"]
    assert names("--plugins", one, "--plugins", two / "pager.so") == ["console", "pager"]
    assert names(TOCSIN_PLUGINS=f"{one}::{three}:") == ["console", "webhook"]
    assert names("--plugins", two, TOCSIN_PLUGINS=str(one)) == ["pager"]
    assert names(TOCSIN_PLUGINS="") == SHIPPED
    # Options may stand in front of the command.
    assert tocsin("--plugins", one, "registry", check=True).json == {"delivery": ["console"]}
    assert tocsin(f"--plugins={one}", "registry", check=True).json == {"delivery": ["console"]}


def test_a_refused_file_is_a_warning_and_hides_no_other(tocsin, adapters, tmp_path):
    shutil.copy(adapters / "console.so", tmp_path)
    shutil.copy(adapters / "pager.so", tmp_path)
    (tmp_path / "pager.so").chmod(0o666)
    (tmp_path / "broken.so").write_bytes(b"\x7fELF and then nothing")
    result = tocsin("registry", "--plugins", tmp_path)
    assert (result.code, result.json) == (0, {"delivery": ["console"]})
    lines = result.err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("tocsin registry: warning: ") for line in lines)
    assert f"{tmp_path}/broken.so" in lines[0]
    assert f"{tmp_path}/pager.so" in lines[1] and "chmod" in lines[1]


def test_a_refused_file_that_was_named_is_a_failure(tocsin, tmp_path):
    (tmp_path / "broken.so").write_bytes(b"nothing")
    result = tocsin("registry", "--plugins", tmp_path / "broken.so")
    assert (result.code, result.out) == (1, "")
    result = tocsin("registry", "--plugins", tmp_path / "absent")
    assert result.code == 1
    assert f"there are no plugins at {tmp_path}/absent: No such file or directory" in result.err


def test_a_duplicate_names_both_files(tocsin, adapters, tmp_path):
    shutil.copy(adapters / "console.so", tmp_path)
    result = tocsin("registry", "--plugins", adapters, "--plugins", tmp_path / "console.so")
    assert result.code == 1
    assert f"{adapters}/console.so" in result.err and f"{tmp_path}/console.so" in result.err


@pytest.mark.parametrize("arguments, hint", [
    (["manifest", "--group", "delivry"], "delivery"),
    (["registry", "--group", "zzz"], "delivery"),
    (["signatures", "--group", "Delivery"], "delivery"),
    (["plugin", "delivery", "consol"], "console"),
    (["plugin", "delivry", "console"], "delivery"),
    (["field", "delivery", "webhook", "endpont"], "endpoint"),
    (["field", "delivery", "webhook", "timeout"], "timeout_seconds"),
    (["field", "delivery", "webhok", "endpoint"], "webhook"),
    (["action", "delivery", "pager", "prevew"], "preview"),
    (["invoke", "delivery", "console", "delver"], "deliver"),
    (["invoke", "delivery", "console", "deliver", "--config", "prefx=1"], "prefix"),
    (["invoke", "delivery", "console", "deliver", "--arg", "titel=1"], "title"),
])
def test_unknown_names_are_failures_that_name_the_nearest(tocsin, arguments, hint):
    result = tocsin(*arguments)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"tocsin {arguments[0]}: ")
    assert hint in result.err


# ---- Inspecting a file ----

def test_inspect(tocsin, adapters):
    path = adapters / "console.so"
    result = tocsin("inspect", path, check=True)
    assert is_sorted_json(result.out)
    assert sorted(result.json) == ["bytes", "machine", "path", "plugin", "sha256"]
    assert result.json["path"] == str(path)
    assert result.json["bytes"] == path.stat().st_size
    assert result.json["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert result.json["machine"] == os.uname().machine
    assert result.json["plugin"] == tocsin("plugin", "delivery", "console", check=True).json


def test_inspect_refuses_in_one_sentence(tocsin, adapters, tmp_path, build):
    truncated = tmp_path / "truncated.so"
    truncated.write_bytes((adapters / "console.so").read_bytes()[:3000])
    writable = tmp_path / "writable.so"
    shutil.copy(adapters / "console.so", writable)
    writable.chmod(0o777)
    for path in (truncated, writable, tmp_path, tmp_path / "absent", build / "tocsin", "/dev/null", "/etc/passwd"):
        result = tocsin("inspect", path)
        assert (result.code, result.out) == (1, "")
        assert result.err.startswith("tocsin inspect: ") and result.err.count("\n") == 1
        assert str(path) in result.err


# ---- Running an action ----

def test_invoke(tocsin):
    result = tocsin("invoke", "delivery", "console", "deliver", *SEED, check=True)
    assert is_sorted_json(result.out)
    assert result.json == {"group": "delivery", "plugin_name": "console", "action_name": "deliver",
                           "result": "[incident] critical Disk full: /var is full"}
    result = tocsin("invoke", "delivery", "console", "deliver", *SEED, "--config", "prefix=[ops] a=b",
                    "--config", "uppercase_severity=true", check=True)
    assert result.json["result"] == "[ops] a=b CRITICAL Disk full: /var is full"


def test_the_field_decides_what_text_is(tocsin):
    result = tocsin("invoke", "delivery", "webhook", "deliver", *SEED, "--config", "endpoint=https://a.example/x",
                    "--config", "timeout_seconds=7", "--config", "redact_summary=true",
                    "--arg-json", 'labels={"team": "db"}', check=True).json["result"]
    assert result["timeout_seconds"] == 7
    assert result["payload"]["summary"] == "[redacted]"
    assert result["payload"]["labels"] == {"team": "db"}
    for bad in ("abc", "4.5", "", "0", "61"):
        failed = tocsin("invoke", "delivery", "webhook", "deliver", *SEED, "--config", "endpoint=https://a.example/x",
                        "--config", f"timeout_seconds={bad}")
        assert (failed.code, failed.out) == (1, "")
        assert failed.err.startswith("tocsin invoke: config.timeout_seconds: ")


def test_all_problems_of_the_settings_come_at_once(tocsin):
    result = tocsin("invoke", "delivery", "webhook", "deliver", *SEED, "--config", "timeout_seconds=99",
                    "--config", "endpont=https://a.example/x")
    assert result.code == 1
    lines = result.err.splitlines()
    assert len(lines) == 3
    assert any("config.endpont: " in line and "endpoint?" in line for line in lines)
    assert any("config.endpoint: " in line for line in lines)
    assert any("config.timeout_seconds: " in line for line in lines)


def test_trace(tocsin):
    result = tocsin("trace", "delivery", "pager", "preview", *SEED, "--config", "service=db",
                    "--config", "routing_key=R0UT1NG", check=True)
    assert is_sorted_json(result.out)
    trace = result.json
    assert sorted(trace) == ["action_name", "configuration", "group", "history", "plugin_name", "result"]
    assert trace["configuration"] == {"deduplicate": True, "routing_key": "R0UT1NG", "service": "db"}
    # The nested call is recorded first.
    assert [record["action"] for record in trace["history"]] == ["deliver", "preview"]
    assert [record["sequence"] for record in trace["history"]] == [1, 2]
    for record in trace["history"]:
        assert sorted(record) == ["action", "arguments", "duration_ms", "error", "outcome", "result_type", "sequence",
                                  "time"]
        assert record["outcome"] == "ok" and record["error"] is None
        assert record["arguments"]["title"] == "Disk full"
    assert [record["result_type"] for record in trace["history"]] == ["dict", "str"]
    payload = json.loads(trace["result"])
    assert payload["dedup_key"] == "db:critical:Disk-full"
    assert trace["result"] == json.dumps(payload, sort_keys=True)


def test_trace_of_a_failure_is_printed_all_the_same(tocsin):
    result = tocsin("trace", "delivery", "console", "deliver", "--arg", "title=x")
    assert result.code == 1
    assert "severity" in result.err and "summary" in result.err
    assert result.json["result"] is None
    assert result.json["configuration"]["prefix"] == "[incident]"
    [record] = result.json["history"]
    assert (record["outcome"], record["result_type"]) == ("invalid", None)
    assert record["error"] and result.json["error"]
    assert tocsin("invoke", "delivery", "console", "deliver", "--arg", "title=x").out == ""


def test_secrets_are_masked(tocsin):
    secret = "hunter2hunter2hunter2hunter2hunt"
    for command in ("invoke", "trace"):
        result = tocsin(command, "delivery", "pagerduty", "deliver", *SEED, "--config", f"routing_key={secret}",
                        check=True)
        assert secret not in result.out
        assert '"***"' in result.out
    result = tocsin("trace", "delivery", "pagerduty", "deliver", "--config", f"routing_key={secret}")
    assert result.code == 1
    assert secret not in result.out + result.err
    # The name of a secret that is not there is no obstacle: nothing is sent.
    result = tocsin("trace", "delivery", "pagerduty", "deliver", *SEED, "--config", "routing_key=env:NOT_THERE",
                    check=True)
    assert result.json["configuration"]["routing_key"] == "***"


@pytest.fixture
def misbehaving(build):
    """Plugins that do what they should not, each in a file of its own."""
    directory = build / "tests" / "host"
    if not (directory / "crash.so").exists():
        pytest.skip("the test plugins are not built")
    return directory


@pytest.mark.parametrize("action, reason", [("fault", "before it answered"), ("give_up", "SIGABRT"),
                                            ("spin", "within 500 ms"), ("resist", "within 500 ms"),
                                            ("flood", "printed more than")])
def test_a_plugin_that_fails_takes_only_its_call_with_it(tocsin, misbehaving, action, reason):
    result = tocsin("trace", "--plugins", misbehaving, "--timeout", "500ms", "fixture", "crash", action)
    assert result.code == 1
    assert reason in result.err and result.err.count("\n") == 1
    assert "\x1b" not in result.out + result.err
    assert result.json["result"] is None
    assert any(reason in sentence for sentence in result.json["error"])
    [record] = result.json["history"]
    assert record["action"] == action and record["outcome"] in ("crashed", "timeout", "limit")


def test_the_timeout_covers_the_start(tocsin, misbehaving):
    began = time.monotonic()
    result = tocsin("invoke", "--plugins", misbehaving / "unborn.so", "-t", "500ms", "fixture", "unborn", "nothing")
    assert time.monotonic() - began < 3
    assert result.code == 1
    assert "within 500 ms" in result.err


def test_an_unconfined_plugin_runs_only_when_allowed(tocsin, misbehaving):
    for command in ("invoke", "trace"):
        arguments = [command, "--plugins", misbehaving, "fixture", "unconfined", "status"]
        result = tocsin(*arguments)
        assert (result.code, result.out) == (1, "")
        assert "--allow-unconfined" in result.err
        assert tocsin(*arguments, "--allow-unconfined", check=True).json["result"]["leads_session"] is True
    assert tocsin("invoke", "--plugins", misbehaving, "fixture", "pure", "status", check=True).json["result"]


def test_reading_runs_nothing(tocsin, misbehaving):
    """The constructor of one of these plugins leaves a directory behind, that of another never returns."""
    canary = misbehaving / "canary"
    if canary.exists():
        canary.rmdir()
    paths = ["--plugins", misbehaving]
    for arguments in (["manifest", *paths], ["registry", *paths], ["signatures", *paths],
                      ["plugin", *paths, "fixture", "canary"], ["inspect", misbehaving / "canary.so"],
                      ["inspect", misbehaving / "unborn.so"], ["manifest", "-o", "table", *paths]):
        tocsin(*arguments, check=True)
    assert not canary.exists()
    # The canary does sing.
    tocsin("invoke", *paths, "fixture", "canary",
           tocsin("plugin", *paths, "fixture", "canary").json["actions"][0]["name"])
    assert canary.exists()
    canary.rmdir()


@pytest.mark.parametrize("arguments, message", [
    (["--config", "prefix"], "not of the form NAME=VALUE"),
    (["--config", "=x"], "not of the form NAME=VALUE"),
    (["--arg", "x" * 200 + "=1"], "not of the form NAME=VALUE"),
    (["--config", "prefix=a", "--config", "prefix=b"], "prefix was given twice"),
    (["--arg", "title=a", "--arg-json", 'title="b"'], "title was given twice"),
    (["--arg-json", "title={"], "not JSON"),
    (["--arg-json", "title=" + "[" * 100 + "]" * 100], "nests deeper"),
    (["--timeout", "0s"], "is not a duration"),
    (["--timeout", "8d"], "is not a duration"),
])
def test_wrong_values_on_the_command_line(tocsin, arguments, message):
    result = tocsin("invoke", "delivery", "console", "deliver", *arguments)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_text_that_is_not_utf8_is_refused(build):
    process = subprocess.run([build / "tocsin", "invoke", "delivery", "console", "deliver", "--arg", b"title=\xff"],
                             capture_output=True, env=clean_environment(), check=False)
    assert process.returncode == 2
    assert process.stderr.startswith(b"tocsin invoke: --arg title=\\xff: the value is not UTF-8\n")


# ---- Wrong use ----

@pytest.mark.parametrize("arguments, message", [
    (["mainfest"], 'there is no command "mainfest"; did you mean manifest?'),
    (["xyzzy"], 'there is no command "xyzzy"'),
    (["--versoin"], "there is no option --versoin; did you mean --version?"),
    (["--plugins", "x"], "--plugins stands there without a command"),
    (["--"], 'there is no command "--"'),
    (["-"], 'there is no command "-"'),
    ([""], 'there is no command ""'),
    (["help", "delver"], 'there is no command "delver"; did you mean deliver?'),
    (["help", "sink", "x"], '"x" is one operand too many'),
    (["manifest", "--grup", "x"], "there is no option --grup; did you mean --group?"),
    (["manifest", "--xyzzy=3"], "there is no option --xyzzy"),
    (["manifest", "-x"], "there is no option -x"),
    (["manifest", "--group"], "--group needs a value"),
    (["manifest", "-g"], "-g needs a value"),
    (["manifest", "--help=x"], "--help takes no value"),
    (["manifest", "--output", "tabel"], '--output: "tabel" is not one of json, table; did you mean table?'),
    (["manifest", "-g", "a", "--group=b"], "--group was given twice"),
    (["manifest", "extra"], '"extra" is one operand too many'),
    (["manifest", "--", "--group"], '"--group" is one operand too many'),
    (["plugin", "delivery"], "NAME is missing"),
    (["field", "delivery", "webhook"], "FIELD is missing"),
    (["inspect"], "FILE is missing"),
    (["check"], "CONFIG is missing"),
    (["deliver", "payload.json"], "--config CONFIG is missing"),
    (["deliver", "-c", "x"], "PAYLOAD is missing"),
    (["deliver", "-c", "x", "y", "--dialect", "natve"], "did you mean native?"),
    (["deliver", "-c", "x", "y", "--attempts", "0"], "is not an integer from 1 to 20"),
    (["deliver", "-c", "x", "y", "--attempts", "2.5"], "is not an integer"),
    (["sink", "--quiet=3"], "--quiet takes no value"),
    (["sink", "--status", "99"], "is not an integer from 200 to 599"),
    (["sink", "--timeout", "soon"], "is not a duration"),
    (["completion", "tcsh"], '"tcsh" is not one of bash, zsh, fish'),
    (["manifest", "--\x1b[31m"], "there is no option --\\u001b[31m"),
])
def test_wrong_use(tocsin, arguments, message):
    result = tocsin(*arguments)
    assert (result.code, result.out) == (2, "")
    lines = result.err.splitlines()
    assert len(lines) == 2, result.err
    assert lines[0].startswith("tocsin") and message in lines[0]
    assert re.fullmatch(r"Try 'tocsin (\w+ )?--help'\.", lines[1])


def test_without_a_command_the_help_goes_to_stderr(tocsin):
    result = tocsin()
    assert (result.code, result.out) == (2, "")
    assert result.err == tocsin("--help", check=True).out


def test_options_may_stand_anywhere(tocsin):
    expected = tocsin("field", "delivery", "console", "prefix", check=True).out
    adapters = ["--plugins", tocsin("registry", "-o", "table", check=True).out.split()[5].rsplit("/", 1)[0]]
    assert tocsin("field", *adapters, "delivery", "console", "prefix", check=True).out == expected
    assert tocsin("field", "delivery", *adapters, "console", "prefix", check=True).out == expected
    assert tocsin("field", "delivery", "console", "prefix", *adapters, check=True).out == expected
    assert tocsin("field", *adapters, "--", "delivery", "console", "prefix", check=True).out == expected


# ---- Help, version, completion ----

def test_version(tocsin):
    assert re.fullmatch(r"tocsin \d+\.\d+\.\d+\n", tocsin("--version", check=True).out)
    assert tocsin("-V", check=True).out == tocsin("--version", check=True).out


def test_help_lists_every_command(tocsin):
    text = tocsin("--help", check=True).out
    assert re.findall(r"^  ([a-z]+)  ", text.split("Options:")[0], re.M) == COMMANDS
    assert tocsin("-h", check=True).out == tocsin("help", check=True).out == text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(tocsin, command):
    text = tocsin(command, "--help", check=True).out
    assert text.startswith(f"Usage: tocsin {command}")
    assert tocsin("help", command, check=True).out == text
    assert tocsin(command, "-h", check=True).out == text
    examples = text.index("Examples:")
    assert max(map(len, text[:examples].splitlines())) <= 80
    for line in text[examples:].splitlines()[1:]:
        assert len(line) <= 96
    for option in re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", text, re.M):
        if option != "--help":
            # A misspelt neighbour proves that the option is known to the parser.
            assert f"did you mean {option}?" in tocsin(command, option[:-1] + "_").err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_everything(tocsin, shell):
    script = tocsin("completion", shell, check=True).out
    for command in COMMANDS:
        assert command in script
        for option in re.findall(r"^  (?:-\w, |    )--([a-z-]+)", tocsin(command, "--help", check=True).out, re.M):
            assert option in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script.encode(), check=True)


@pytest.mark.parametrize("words, expected", [
    (["tocsin", "de"], ["deliver"]),
    (["tocsin", "manifest", "--"], ["--help", "--group", "--plugins", "--output"]),
    (["tocsin", "manifest", "--output", ""], ["json", "table"]),
    (["tocsin", "deliver", "-d", "al"], ["alertmanager"]),
    (["tocsin", "completion", ""], ["bash", "zsh", "fish"]),
    (["tocsin", "help", "si"], ["signatures", "sink"]),
    (["tocsin", "check", "a"], ["a.yaml"]),
    (["tocsin", "bundle", ""], ["directory"]),
    (["tocsin", "sink", "--count", ""], []),
])
def test_bash_completes(tocsin, tmp_path, words, expected):
    (tmp_path / "a.yaml").write_text("")
    (tmp_path / "directory").mkdir()
    script = tocsin("completion", "bash", check=True).out
    script += "compopt() { :; }\n"  # works only while bash itself completes
    script += f"COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}\n"
    script += '_tocsin\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    done = subprocess.run(["bash"], input=script, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.split() == expected
    assert done.stderr == ""


# ---- Output that fails ----

@pytest.mark.parametrize("arguments", [["manifest"], ["registry", "-o", "table"], ["--help"], ["--version"], ["man"],
                                       ["completion", "bash"], ["sink", "--help"]])
def test_a_full_disk_is_an_error(build, arguments):
    with open("/dev/full", "wb") as full:
        process = subprocess.run([build / "tocsin", *arguments], stdout=full, stderr=subprocess.PIPE,
                                 env=clean_environment(), check=False)
    assert process.returncode == 1
    assert process.stderr.endswith(b": cannot write to standard output: No space left on device\n")


def test_a_closed_stdout_is_an_error(build):
    command = f'"{build}/tocsin" manifest >&-'
    process = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, env=clean_environment(), check=False)
    assert process.returncode == 1
    assert process.stderr == b"tocsin manifest: cannot write to standard output: Bad file descriptor\n"


def test_a_closed_pipe_is_an_error(build):
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run([build / "tocsin", "manifest"], stdout=writer, stderr=subprocess.PIPE,
                             env=clean_environment(), check=False)
    os.close(writer)
    assert process.returncode == 1
    assert process.stderr == b"tocsin manifest: cannot write to standard output: Broken pipe\n"


def test_everything_closed_is_survived(build):
    command = f'"{build}/tocsin" registry <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", command], env=clean_environment(), check=False).returncode == 1


# ---- Bundles ----

@pytest.fixture
def bundle(tmp_path):
    directory = tmp_path / "bundle"
    (directory / "sub").mkdir(parents=True)
    (directory / "b").write_text("b")
    (directory / "sub" / "a").write_text("a")
    (directory / "sub-a").write_text("")
    (directory / "ä").write_bytes(b"\x00\xff")
    return directory


def test_bundle(tocsin, bundle):
    result = tocsin("bundle", f"{bundle}//", check=True)
    assert is_sorted_json(result.out)
    assert result.out == (bundle / "bundle-manifest.json").read_text()
    assert sorted(result.json) == ["bundle_dir", "file_count", "files"]
    assert result.json["bundle_dir"] == str(bundle)
    assert result.json["file_count"] == 4
    assert [entry["path"] for entry in result.json["files"]] == ["b", "sub-a", "sub/a", "ä"]
    for entry in result.json["files"]:
        content = (bundle / entry["path"]).read_bytes()
        assert entry == {"path": entry["path"], "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    # The list does not list itself, so making it again changes nothing.
    assert tocsin("bundle", bundle, check=True).out == result.out
    assert sorted(path.name for path in bundle.iterdir()) == ["b", "bundle-manifest.json", "sub", "sub-a", "ä"]


def test_a_bundle_may_be_relative(tocsin, bundle):
    result = tocsin("bundle", "bundle", cwd=bundle.parent, check=True)
    assert result.json["bundle_dir"] == "bundle"
    assert tocsin("bundle", "--check", bundle, check=True).json == {
        "bundle_dir": str(bundle), "file_count": 4, "missing": [], "extra": [], "changed": []}


def test_bundle_check_names_what_differs(tocsin, bundle):
    tocsin("bundle", bundle, check=True)
    (bundle / "b").write_text("B")
    (bundle / "sub" / "a").unlink()
    (bundle / "new").write_text("")
    result = tocsin("bundle", "--check", bundle)
    assert result.code == 1
    assert (result.json["missing"], result.json["extra"], result.json["changed"]) == (["sub/a"], ["new"], ["b"])
    assert result.err == (f"tocsin bundle: {bundle}: b has changed\n"
                          f"tocsin bundle: {bundle}: sub/a is missing\n"
                          f"tocsin bundle: {bundle}: new is not in the list\n")


@pytest.mark.parametrize("manifest", [
    "", "{", "[]", "{}", '{"files": [], "file_count": 1}', '{"files": [{}], "file_count": 1}',
    '{"files": [{"path": "b"}, {"path": "a"}], "file_count": 2}',
    '{"files": [{"path": "a"}, {"path": "a"}], "file_count": 2}', '{"files": [3], "file_count": 1}',
])
def test_a_bad_bundle_list_is_a_failure(tocsin, bundle, manifest):
    (bundle / "bundle-manifest.json").write_text(manifest)
    result = tocsin("bundle", "--check", bundle)
    assert (result.code, result.out) == (1, "")
    assert "bundle-manifest.json" in result.err


def test_bundle_takes_files_only(tocsin, bundle, tmp_path):
    (bundle / "link").symlink_to("b")
    result = tocsin("bundle", bundle)
    assert result.code == 1
    assert f"{bundle}/link is neither a regular file nor a directory" in result.err
    assert not (bundle / "bundle-manifest.json").exists()
    (bundle / "link").unlink()
    os.mkfifo(bundle / "pipe")
    assert f"{bundle}/pipe is neither a regular file nor a directory" in tocsin("bundle", bundle).err
    (bundle / "pipe").unlink()
    for path in (tmp_path / "absent", bundle / "b"):
        result = tocsin("bundle", path)
        assert result.code == 1 and str(path) in result.err
    result = tocsin("bundle", "--check", tmp_path)
    assert result.code == 1 and "bundle-manifest.json: No such file or directory" in result.err
