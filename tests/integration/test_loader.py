# SPDX-License-Identifier: Apache-2.0
"""Contracts read out of plugin files as real compilers and linkers make them, without running any of their code.

The plugin is tests/loader/plugin.c; tests/loader/read_contract.c reads it.
"""
import json
import os
import platform
import re
import shutil
import struct
import subprocess

import pytest

from conftest import BUILD, SOURCE

READER = BUILD / "tests" / "loader" / "read_contract"
PLUGIN = SOURCE / "tests" / "loader" / "plugin.c"

GCC = ["gcc"]
CLANG = ["clang"]
LLD = ["clang", "-fuse-ld=lld"]
GOLD = ["gcc", "-fuse-ld=gold"]
GCC_ARM = ["aarch64-linux-gnu-gcc"]
LLD_ARM = ["clang", "--target=aarch64-linux-gnu", "-fuse-ld=lld", "-nostdlib"]
NEEDED_TOOLS = {"-fuse-ld=lld": "ld.lld", "-fuse-ld=gold": "ld.gold", "--target=aarch64-linux-gnu": "aarch64-linux-gnu-gcc"}
X86_OPTIONS = {"-fcf-protection=full", "-mcmodel=large", "-Wl,-z,pack-relative-relocs"}


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed: what depends on it is NOT TESTED")


def compile_plugin(path, compiler, *options, source=PLUGIN):
    need(compiler[0], *(NEEDED_TOOLS[option] for option in compiler if option in NEEDED_TOOLS))
    if platform.machine() != "x86_64" and X86_OPTIONS.intersection([*compiler, *options]):
        pytest.skip(f"not for {platform.machine()}: {options}")
    shared = [] if "-c" in options or "-pie" in options else ["-shared"]
    command = [*compiler, "-fPIC", *shared, f"-I{SOURCE}/include", *options, "-o", path, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    path.chmod(0o755)
    return path


def read(*paths):
    """One answer for each file. The reader itself must never fail."""
    done = subprocess.run([READER, *paths], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(paths)
    return lines


def manifest(path):
    line = read(path)[0]
    assert "manifest" in json.loads(line), line
    return line


def error(path):
    answer = json.loads(read(path)[0])
    assert answer.get("code") == "invalid", answer
    assert answer["error"][1] == f"reading the contract of {path}"
    return answer["error"][0]


@pytest.fixture(scope="module", autouse=True)
def reader():
    if not READER.exists():
        pytest.fail(f"{READER} is not built")


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The manifest that every build of the plugin must have, byte for byte."""
    line = manifest(compile_plugin(tmp_path_factory.mktemp("good") / "plugin.so", GCC))
    plugin = json.loads(line)["manifest"]
    assert plugin["plugin_name"] == "good"
    assert [field["name"] for field in plugin["fields"]] == [
        "text", "mode", "endpoint", "integer", "number", "flag", "timeout", "size", "secret", "list", "map",
    ]
    assert [action["name"] for action in plugin["actions"]] == ["deliver", "version"]
    assert plugin["hosts"] == ["api.example.com", "hooks.example.com"]
    assert plugin["fields"][1]["choices"] == ["one", "two", "three"]
    return line


VERSIONS = "V1 { global: tocsin_plugin_table; local: *; };"

ACCEPTED = {
    "gcc -O0": (GCC, "-O0"),
    "gcc -O2": (GCC, "-O2"),
    "gcc -O3, link time": (GCC, "-O3", "-flto"),
    "gcc -Os -g": (GCC, "-Os", "-g3"),
    "gcc, packed relocations": (GCC, "-Wl,-z,pack-relative-relocs"),
    "gcc, old hash table": (GCC, "-Wl,--hash-style=sysv"),
    "gcc, both hash tables": (GCC, "-Wl,--hash-style=both"),
    "gcc, bound at once": (GCC, "-Wl,-z,now"),
    "gcc, bound lazily": (GCC, "-Wl,-z,lazy"),
    "gcc, one segment for code and constants": (GCC, "-Wl,-z,noseparate-code"),
    "gcc, large pages": (GCC, "-Wl,-z,max-page-size=0x200000"),
    "gcc, symbolic": (GCC, "-Wl,-Bsymbolic"),
    "gcc, hidden by default": (GCC, "-fvisibility=hidden"),
    "gcc, stack protector and more": (GCC, "-O2", "-fstack-protector-all", "-fcf-protection=full", "-fexceptions"),
    "gcc, stripped": (GCC, "-s"),
    "gcc, without start files": (GCC, "-nostartfiles", "-nostdlib"),
    "gcc, relocations not sorted": (GCC, "-Wl,-z,nocombreloc"),
    "gcc, a name for itself": (GCC, "-Wl,-soname,plugin.so"),
    "gcc, exported function": (GCC, "-DEXPORTED_RUN"),
    "gcc, other libraries that are allowed": (GCC, "-Wl,--no-as-needed", "-lm", "-lpthread", "-lgcc_s"),
    "clang -O0": (CLANG, "-O0"),
    "clang -O2": (CLANG, "-O2", "-g"),
    "lld": (LLD, "-O2"),
    "lld, packed relocations": (LLD, "-Wl,--pack-dyn-relocs=relr"),
    "lld, addresses written too": (LLD, "-Wl,--apply-dynamic-relocs"),
    "lld, segments apart": (LLD, "-Wl,-z,separate-loadable-segments"),
    "lld, exported function": (LLD, "-DEXPORTED_RUN"),
    "gold": (GOLD, "-O2"),
    "aarch64 gcc -O0": (GCC_ARM, "-O0"),
    "aarch64 gcc -O2": (GCC_ARM, "-O2", "-s"),
    "aarch64 gcc, small pages": (GCC_ARM, "-Wl,-z,max-page-size=4096"),
    "aarch64 gcc, old hash table": (GCC_ARM, "-Wl,--hash-style=sysv"),
    "aarch64 gcc, exported function": (GCC_ARM, "-DEXPORTED_RUN"),
    "aarch64 lld": (LLD_ARM, "-O2"),
    "aarch64 lld, packed relocations": (LLD_ARM, "-O2", "-Wl,--pack-dyn-relocs=relr"),
}


@pytest.mark.parametrize("build", ACCEPTED)
def test_every_build_has_the_same_manifest(build, tmp_path, expected):
    path = compile_plugin(tmp_path / "plugin.so", *ACCEPTED[build])
    assert manifest(path) == expected
    if not shutil.which("strip"):
        return
    tool = "aarch64-linux-gnu-strip" if "aarch64" in build else "strip"
    subprocess.run([tool, "--strip-all", path], check=True)
    assert manifest(path) == expected, "stripped"
    without_sections(path)
    assert manifest(path) == expected, "without section headers"


def test_a_versioned_symbol_is_found(tmp_path, expected):
    script = tmp_path / "versions.map"
    script.write_text(VERSIONS)
    path = compile_plugin(tmp_path / "plugin.so", GCC, f"-Wl,--version-script={script}")
    assert manifest(path) == expected


def test_a_sanitized_plugin(tmp_path, expected):
    """Belongs to a sanitized tocsin only, whose worker has the sanitizer's library."""
    path = compile_plugin(tmp_path / "plugin.so", GCC, "-fsanitize=address,undefined")
    if re.search(r"#define TOCSIN_SANITIZED", (BUILD / "build-config.h").read_text()):
        assert manifest(path) == expected
    else:
        assert 'needs the library "libasan.so' in error(path)


def test_the_shipped_adapters(adapters):
    paths = sorted(adapters.glob("*.so"))
    assert paths
    for line in read(*paths):
        assert json.loads(line)["manifest"]["group"] == "delivery", line


NOT_CONSTANT = "not constant data of the file"

REFUSED = {
    "a table that can be written": (GCC, ["-DWRITABLE_TABLE"], f"the plugin table is {NOT_CONSTANT}"),
    "a table that is not in the file": (GCC, ["-DZEROED_TABLE"], f"the plugin table is {NOT_CONSTANT}"),
    "rows that can be written": (GCC, ["-DWRITABLE_FIELDS"], f"the plugin table's fields points to what is {NOT_CONSTANT}"),
    "a text that can be written": (
        GCC, ["-DWRITABLE_TEXT"], f"the plugin table's fields[0].description points to what is {NOT_CONSTANT}",
    ),
    "nothing made constant": (GCC, ["-Wl,-z,norelro"], f"the plugin table is {NOT_CONSTANT}"),
    "exported rows": (GCC, ["-DEXPORTED_FIELDS"], 'points to the symbol "good_fields"'),
    "exported rows, aarch64": (GCC_ARM, ["-DEXPORTED_FIELDS"], "declare it static"),
    "a hidden table": (GCC, ["-DHIDDEN_TABLE"], "the file exports no tocsin_plugin_table"),
    "a function of that name": (GCC, ["-DFUNCTION_TABLE"], "the symbol tocsin_plugin_table is no data object"),
    "another ABI": (GCC, ["-DOTHER_ABI=2"], "the plugin table has ABI 2, this version of tocsin has 1"),
    "RUNPATH": (GCC, ["-Wl,--enable-new-dtags,-rpath,/tmp"], "library search path (DT_RUNPATH)"),
    "RPATH": (GCC, ["-Wl,--disable-new-dtags,-rpath,/tmp"], "library search path (DT_RPATH)"),
    "a path for a name": (GCC, ["-Wl,-soname,/proc/self/fd/5"], "a path as its name for itself (DT_SONAME)"),
    "an auditor": (GCC, ["-Wl,--audit=libevil.so"], "an auditor to be loaded (DT_AUDIT)"),
    "an auditor of what it needs": (GCC, ["-Wl,--depaudit=libevil.so"], "an auditor to be loaded (DT_DEPAUDIT)"),
    "a filter": (GCC, ["-Wl,-F,libevil.so"], "a filter for another library"),
    "an auxiliary filter": (GCC, ["-Wl,-f,libevil.so"], "a filter for another library"),
    "a library off the list": (GCC, ["-Wl,--no-as-needed", "-lresolv"], 'needs the library "libresolv.so.2"'),
    "an executable stack": (GCC, ["-Wl,-z,execstack"], "an executable stack"),
    "writable code": (GCC, ["-Wl,-N", "-nostdlib"], "is both writable and executable"),
    "relocations in code": (
        ["gcc", "-mcmodel=large"], ["-fno-pic", "-Wl,-z,notext"], "relocations in its code",
    ),
    "not to be opened": (GCC, ["-Wl,-z,nodlopen"], "forbids that it be loaded"),
    "interposing": (GCC, ["-Wl,-z,interpose"], "replaces functions of others"),
    "a program": (GCC, ["-pie", "-Wl,--unresolved-symbols=ignore-all", "-Wl,--defsym=main=0"], "the file is a program"),
    "an object file": (GCC, ["-c"], "not a shared object (ELF type 1)"),
    "relocations packed in Android's way": (LLD, ["-Wl,--pack-dyn-relocs=android"], "packed in Android's way"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case, tmp_path):
    compiler, options, sentence = REFUSED[case]
    assert sentence in error(compile_plugin(tmp_path / "plugin.so", compiler, *options))


# ---- Sections: for debuggers, not for readers ----


def without_sections(path):
    """Cuts the file behind its last segment and forgets the section headers, as sstrip does."""
    data = bytearray(path.read_bytes())
    offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    end = offset + size * count
    for i in range(count):
        kind, _, start, _, _, length = struct.unpack_from("<IIQQQQ", data, offset + i * size)
        if kind == 1:
            end = max(end, start + length)
    struct.pack_into("<Q", data, 40, 0)
    struct.pack_into("<HH", data, 60, 0, 0)
    path.write_bytes(data[:end])


def test_lying_section_headers(tmp_path, expected):
    """They are not looked at, so that they cannot mislead."""
    path = compile_plugin(tmp_path / "plugin.so", GCC)
    data = bytearray(path.read_bytes())
    start, count = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<H", data, 60)[0]
    data[start : start + count * 64] = b"\xff" * (count * 64)
    path.write_bytes(data)
    assert manifest(path) == expected


def test_the_stack_must_be_mentioned(tmp_path):
    path = compile_plugin(tmp_path / "plugin.so", GCC)
    data = bytearray(path.read_bytes())
    for i in range(struct.unpack_from("<H", data, 56)[0]):
        if struct.unpack_from("<I", data, 64 + i * 56)[0] == 0x6474E551:
            struct.pack_into("<I", data, 64 + i * 56, 0)
    path.write_bytes(data)
    assert "does not say that its stack is not executable" in error(path)


def test_cut_off_at_every_length(tmp_path):
    """A real file, as short as linkers make them."""
    path = compile_plugin(tmp_path / "plugin.so", GCC, "-O2", "-s", "-nostdlib", "-Wl,-z,noseparate-code")
    data = path.read_bytes()
    end = max(
        start + length
        for kind, _, start, _, _, length in (
            struct.unpack_from("<IIQQQQ", data, 64 + i * 56) for i in range(struct.unpack_from("<H", data, 56)[0])
        )
        if kind == 1
    )
    lengths = range(end)
    for first in range(0, len(lengths), 500):
        names = []
        for length in lengths[first : first + 500]:
            names.append(tmp_path / f"{length}.so")
            names[-1].write_bytes(data[:length])
            names[-1].chmod(0o644)
        for line in read(*names):
            answer = json.loads(line)
            assert answer["code"] == "invalid" and len(answer["error"][0]) > 10, line
        for name in names:
            name.unlink()
    (tmp_path / "whole.so").write_bytes(data[:end])
    (tmp_path / "whole.so").chmod(0o644)
    manifest(tmp_path / "whole.so")


# ---- Nothing runs ----


@pytest.fixture
def canary(tmp_path):
    """A plugin whose every way to run at load time would leave a file behind, and that file."""
    sung = tmp_path / "sung"
    path = compile_plugin(tmp_path / "canary.so", GCC, f'-DCANARY="{sung}"', "-Wl,-z,lazy")
    return path, sung


def test_the_canary_sings_when_loaded(canary):
    """The control: without it, silence would prove nothing."""
    path, sung = canary
    subprocess.run(["/bin/true"], env={"LD_PRELOAD": str(path)}, check=True)
    assert sung.exists()


def test_the_canary_is_silent_when_read(canary, expected):
    path, sung = canary
    assert manifest(path) == expected
    assert not sung.exists()


def test_a_function_chosen_by_code_is_refused_and_not_asked(tmp_path):
    sung = tmp_path / "sung"
    for compiler in (GCC, LLD, GCC_ARM):
        path = compile_plugin(tmp_path / "canary.so", compiler, f'-DCANARY="{sung}"', "-DSTATIC_IFUNC")
        assert "chosen by code when it is loaded (ifunc)" in error(path)
    assert not sung.exists()


ALLOWED_CALLS = {"openat", "open", "fstat", "newfstatat", "pread64", "close"}


def test_the_system_calls_of_reading(canary):
    """The plugin file is opened, looked at, read and closed, and from then on nothing becomes executable."""
    need("strace")
    path, sung = canary
    log = path.with_suffix(".strace")
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run(["strace", "-f", "-y", "-s", "0", "-o", log, READER, path],
                          capture_output=True, text=True, check=False, env=environment)
    if "Operation not permitted" in done.stderr:
        pytest.skip("strace may not trace here: the system calls of reading are NOT TESTED")
    assert done.returncode == 0, done.stderr
    calls = [re.sub(r"^\d+ +", "", line) for line in log.read_text().splitlines()]
    mentions = [i for i, call in enumerate(calls) if str(path) in call and not call.startswith("execve(")]
    assert mentions, "the file was never opened"
    names = [calls[i].split("(")[0] for i in mentions]
    assert set(names) <= ALLOWED_CALLS, [calls[i] for i in mentions]
    assert names.count("openat") + names.count("open") == 1
    assert "O_RDONLY" in calls[mentions[0]] and "O_CLOEXEC" in calls[mentions[0]]
    for call in calls[mentions[0] :]:
        assert not (call.startswith(("mmap(", "mprotect(", "pkey_mprotect(", "mremap(")) and "PROT_EXEC" in call), call
        assert not call.startswith(("execve(", "clone", "fork(", "vfork(", "memfd_create(")), call
    assert not sung.exists()


def test_the_trace_would_show_loading(canary):
    """The control: a program that loads the file maps it executable, and the check above would see it."""
    need("strace")
    path, _ = canary
    log = path.with_suffix(".strace")
    done = subprocess.run(["strace", "-f", "-y", "-o", log, "-E", f"LD_PRELOAD={path}", "/bin/true"],
                          capture_output=True, text=True, check=False)
    if "Operation not permitted" in done.stderr:
        pytest.skip("strace may not trace here")
    assert re.search(rf"mmap\(.*PROT_EXEC.*<{re.escape(str(path))}>", log.read_text())
