# SPDX-License-Identifier: Apache-2.0
"""What all integration tests share: the built programs, a runner, and a sink to deliver to."""
import json
import os
import pathlib
import signal
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("TOCSIN_BUILD", "build")).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT = 60


@pytest.fixture(scope="session")
def build():
    """The build directory."""
    if not (BUILD / "tocsin").exists():
        pytest.fail(f"{BUILD} has no tocsin: set TOCSIN_BUILD to the build directory")
    return BUILD


@pytest.fixture(scope="session")
def source():
    """The root of the sources."""
    return SOURCE


@pytest.fixture(scope="session")
def adapters(build):
    """The directory of the shipped adapters."""
    return build / "adapters"


def clean_environment(extra=None):
    """The tests' own environment, without what would make tocsin behave differently."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    environment.update(extra or {})
    return environment


class Result:
    """What a run of tocsin left behind."""

    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout.decode()
        self.err = process.stderr.decode()

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


@pytest.fixture
def tocsin(build):
    """Runs tocsin: tocsin("check", path). With check=True it must succeed and say nothing on stderr."""

    def run(*arguments, check=False, input=None, env=None, cwd=None):
        process = subprocess.run(
            [build / "tocsin", *map(str, arguments)], input=input.encode() if isinstance(input, str) else input,
            stdin=subprocess.DEVNULL if input is None else None, capture_output=True, timeout=TIMEOUT,
            env=clean_environment(env), cwd=cwd, check=False)
        result = Result(process)
        assert result.code >= 0, f"killed by signal {-result.code}: {result}"
        if check:
            assert result.code == 0 and result.err == "", repr(result)
        return result

    return run


class Sink:
    """A running `tocsin sink`."""

    def __init__(self, build, record, *options):
        self.record = record
        self.process = subprocess.Popen(
            [build / "tocsin", "sink", "--listen", "127.0.0.1:0", "--record", record, *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
        first = self.process.stdout.readline().decode()
        if not first.startswith("listening on "):
            raise AssertionError(f"the sink did not start: {first}{self.process.stderr.read().decode()}")
        self.url = first.removeprefix("listening on ").strip()

    @property
    def requests(self):
        """What it has recorded by now."""
        return [json.loads(line) for line in pathlib.Path(self.record).read_text().splitlines()]

    def wait(self):
        """Waits until it ends by itself."""
        out, err = self.process.communicate(timeout=TIMEOUT)
        return self.process.returncode, out.decode(), err.decode()

    def stop(self, signal_number=signal.SIGTERM):
        """Ends it; gives exit code, stdout behind the first line, and stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.wait()


@pytest.fixture
def start_sink(build, tmp_path):
    """Starts sinks with options of one's own; all are ended with the test."""
    sinks = []

    def start(*options):
        sinks.append(Sink(build, tmp_path / f"requests-{len(sinks)}.jsonl", *options))
        return sinks[-1]

    yield start
    for sink in sinks:
        if sink.process.poll() is None:
            sink.process.kill()
        sink.process.stdout.close()
        sink.process.stderr.close()
        sink.process.wait()


@pytest.fixture
def sink(start_sink):
    """A sink that answers 200 to everything."""
    return start_sink()
