# SPDX-License-Identifier: Apache-2.0
"""What the compiler accepts and refuses of <tocsin/*.h>: each refusal stands beside a control that differs
only in what is wrong, and compiles. And that a stranger needs nothing but pkg-config."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["TOCSIN_BUILD"])
INCLUDE = ROOT / "include"
HEADERS = sorted(path.name for path in (INCLUDE / "tocsin").glob("*.h"))
STRICT = ["-std=c11", "-pedantic-errors", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]

# Macro, the right C type, and types that somebody might take for it.
KINDS = [
    ("STRING", "const char *", ["char *", "int64_t", "bool", "const void *", "const unsigned char *"]),
    ("CHOICE", "const char *", ["char *", "int", "struct tocsin_secret"]),
    ("URL", "const char *", ["char *", "const struct tocsin_map *"]),
    ("INTEGER", "int64_t", ["int", "uint64_t", "double", "bool", "size_t", "const char *"]),
    ("NUMBER", "double", ["float", "long double", "int64_t"]),
    ("BOOLEAN", "bool", ["int", "char", "int64_t"]),
    ("DURATION", "int64_t", ["int", "double", "const char *"]),
    ("SIZE", "int64_t", ["size_t", "const char *"]),
    ("SECRET", "struct tocsin_secret", ["const char *", "struct tocsin_secret *"]),
    ("TEXTS", "const struct tocsin_list *", ["struct tocsin_list *", "const struct tocsin_map *"]),
    ("MAP", "const struct tocsin_map *", ["const struct tocsin_list *", "struct tocsin_map"]),
    ("OBJECT", "const struct tocsin_value *", ["struct tocsin_value *", "const struct tocsin_map *"]),
    ("OBJECTS", "const struct tocsin_value *", ["const struct tocsin_list *", "const void *"]),
]
ATTRIBUTES = [
    ("title", "const char *", ["char *", "int64_t"]),
    ("severity", "const char *", ["int64_t"]),
    ("summary", "const char *", ["const void *"]),
    ("status", "const char *", ["bool"]),
    ("labels", "const struct tocsin_map *", ["const char *", "const struct tocsin_list *"]),
    ("annotations", "const struct tocsin_map *", ["struct tocsin_map"]),
    ("links", "const struct tocsin_map *", ["const struct tocsin_list *"]),
    ("dedup_key", "const char *", ["struct tocsin_secret"]),
    ("id", "const char *", ["int64_t"]),
    ("reference", "const char *", ["const struct tocsin_value *"]),
    ("incidents", "const struct tocsin_value *", ["const struct tocsin_list *"]),
    ("count", "int64_t", ["int", "uint64_t"]),
    ("started_at", "const char *", ["int64_t"]),
    ("ended_at", "const char *", ["double"]),
]

FIELD = """#include <tocsin/tocsin.h>
struct settings {{ {declaration}; }};
const struct tocsin_field fields[];
const struct tocsin_field fields[] = {{ {row} }};
"""

PLUGIN = """#include <tocsin/tocsin.h>
static {returns} run(const void *settings, {argument}arguments, struct tocsin_result *ret_result,
                     struct tocsin_error *err)
{{
	(void)settings; (void)arguments; (void)err;
	tocsin_result_text(ret_result, "done");
	return TOCSIN_OK;
}}
static const struct tocsin_action actions[] = {{
	{{ .name = "run", .summary = "Do it.", .run = run, .returns = TOCSIN_RETURNS_TEXT }},
}};
TOCSIN_PLUGIN = {{ .abi = TOCSIN_ABI, .group = "g", .name = "p", .version = "1", .doc = "A test.",
	.actions = TOCSIN_LIST(actions) }};
"""


def compiles(compiler: str, source: str, tmp_path: pathlib.Path, *flags: str, suffix: str = ".c") -> tuple[bool, str]:
    path = tmp_path / ("snippet" + suffix)
    path.write_text(source)
    done = subprocess.run(
        [compiler, *flags, f"-I{INCLUDE}", "-fsyntax-only", str(path)], capture_output=True, text=True, check=False
    )
    return done.returncode == 0, done.stderr


ROWS = [
    (f"TOCSIN_{kind}(struct settings, member, .description = \"A test.\")", "member", right, wrong)
    for kind, right, wrong in KINDS
] + [(f"TOCSIN_ATTRIBUTE(struct settings, {name})", name, right, wrong) for name, right, wrong in ATTRIBUTES]


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("row, member, right, wrong", ROWS, ids=[row[0].split("(")[0] + "-" + row[1] for row in ROWS])
def test_the_c_type_of_a_member_is_checked(compiler, row, member, right, wrong, tmp_path):
    accepted, messages = compiles(compiler, FIELD.format(declaration=f"{right} {member}", row=row), tmp_path, *STRICT)
    assert accepted, messages
    for c_type in wrong:
        source = FIELD.format(declaration=f"{c_type} {member}", row=row)
        assert not compiles(compiler, source, tmp_path, "-std=c11")[0], f"{row} takes a {c_type}"


@pytest.mark.parametrize("compiler", COMPILERS)
def test_an_array_is_no_pointer(compiler, tmp_path):
    """An array decays to the right pointer in too many places; the host would write a pointer into it."""
    for row in ('TOCSIN_STRING(struct settings, id, .description = "A test.")', "TOCSIN_ATTRIBUTE(struct settings, id)"):
        for declaration, accepted in (("const char *id", True), ("const char id[16]", False)):
            source = FIELD.format(declaration=declaration, row=row)
            assert compiles(compiler, source, tmp_path, *STRICT)[0] == accepted, declaration


@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_member_must_exist_and_be_an_attribute(compiler, tmp_path):
    cases = [("title", "title", True), ("title", "summary", False), ("titel", "titel", False)]
    for member, attribute, accepted in cases:
        row = f"TOCSIN_ATTRIBUTE(struct settings, {attribute})"
        source = FIELD.format(declaration=f"const char *{member}", row=row)
        assert compiles(compiler, source, tmp_path, *STRICT)[0] == accepted, (member, attribute)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_an_action_has_one_exact_type(compiler, tmp_path):
    right = {"returns": "enum tocsin_code", "argument": "const void *"}
    accepted, messages = compiles(compiler, PLUGIN.format(**right), tmp_path, *STRICT)
    assert accepted, messages
    for wrong in ({"argument": "const char *"}, {"argument": "void *"}, {"returns": "int"}):
        source = PLUGIN.format(**{**right, **wrong})
        assert not compiles(compiler, source, tmp_path, *STRICT)[0], wrong


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("header", HEADERS)
def test_every_header_stands_alone_in_strict_c11(compiler, header, tmp_path):
    source = f"#include <tocsin/{header}>\n#include <tocsin/{header}>\nint unused;\n"
    accepted, messages = compiles(compiler, source, tmp_path, *STRICT, "-Wshadow", "-Wstrict-prototypes")
    assert accepted, messages


@pytest.mark.parametrize("compiler", [name for name in ("g++", "clang++") if shutil.which(name)])
@pytest.mark.parametrize("standard", ["c++11", "c++17"])
@pytest.mark.parametrize("header", HEADERS)
def test_every_header_can_be_included_from_cpp(compiler, standard, header, tmp_path):
    source = (
        f"#include <tocsin/{header}>\n#include <tocsin/error.h>\n"
        "int main() { tocsin_error err = TOCSIN_ERROR_INIT; return err.code; }\n"
    )
    flags = [f"-std={standard}", "-pedantic-errors", "-Wall", "-Wextra", "-Werror"]
    accepted, messages = compiles(compiler, source, tmp_path, *flags, suffix=".cpp")
    assert accepted, messages


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("source", sorted((ROOT / "adapters").glob("*/*.c")), ids=lambda path: path.stem)
def test_the_adapters_are_strict_c11(compiler, source, tmp_path):
    accepted, messages = compiles(compiler, source.read_text(), tmp_path, *STRICT)
    assert accepted, messages


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> pathlib.Path:
    """The project installed below a directory of its own, as a package would be."""
    destination = tmp_path_factory.mktemp("destination")
    meson = "/usr/bin/meson" if os.path.exists("/usr/bin/meson") else "meson"
    subprocess.run(
        [meson, "install", "-C", str(BUILD), "--no-rebuild", "--quiet", "--destdir", str(destination)], check=True
    )
    return destination


def find(directory: pathlib.Path, pattern: str) -> pathlib.Path:
    found = sorted(directory.rglob(pattern))
    assert found, f"nothing called {pattern} was installed"
    return found[0]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_pkg_config_is_all_that_a_stranger_needs(compiler, installed, tmp_path):
    """Only what is installed is used: flags from pkg-config, headers, the binary, the worker."""
    metadata = find(installed, "tocsin.pc")
    environment = {
        **os.environ,
        "PKG_CONFIG_PATH": str(metadata.parent),
        "PKG_CONFIG_SYSROOT_DIR": str(installed),
    }
    flags = subprocess.run(
        ["pkg-config", "--cflags", "tocsin"], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    source, plugin = tmp_path / "mine.c", tmp_path / "mine.so"
    source.write_text((ROOT / "adapters/console/console.c").read_text().replace('"console"', '"mine"'))
    command = [compiler, *STRICT, *flags, "-shared", "-fPIC", "-o", str(plugin), str(source)]
    subprocess.run(command, check=True, cwd=tmp_path)
    plugin.chmod(0o755)

    tocsin = find(installed, "bin/tocsin")
    shown = subprocess.run([tocsin, "inspect", plugin], capture_output=True, text=True, check=True).stdout
    assert '"mine"' in shown and "uppercase_severity" in shown
    arguments = ["title=Disk", "severity=WARNING", "summary=full"]
    command = [tocsin, "invoke", "delivery", "mine", "deliver", "--plugins", str(tmp_path)]
    worker = find(installed, "tocsin-worker")
    invoked = subprocess.run(
        command + [part for argument in arguments for part in ("--arg", argument)],
        env={**os.environ, "TOCSIN_WORKER": str(worker)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert invoked.returncode == 0, invoked.stderr
    assert json.loads(invoked.stdout)["result"] == "[incident] warning Disk: full"
