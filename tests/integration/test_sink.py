# SPDX-License-Identifier: Apache-2.0
"""tocsin sink: what it answers, prints and records, and how it ends."""
import http.client
import json
import os
import signal
import socket
import subprocess
import urllib.parse

import pytest

from conftest import clean_environment

MIB = 1024 * 1024


def post(sink, path="/", body=b"", method="POST", headers=None):
    """Sends one request; gives status, headers and body of the answer."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(sink.url).netloc, timeout=10)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_answers_and_records(sink):
    status, headers, body = post(sink, "/a/b?x=%201", b'{"b": [1, 2], "a": "\xc3\xa4"}', headers={"X-One": "1"})
    assert (status, headers["Content-Type"], json.loads(body)) == (200, "application/json", {"ok": True})
    [request] = sink.requests
    assert sorted(request) == ["body", "bytes", "headers", "json", "method", "path", "status", "time"]
    assert request["method"] == "POST"
    assert request["path"] == "/a/b?x=%201"
    assert request["status"] == 200
    assert request["json"] == {"a": "ä", "b": [1, 2]}
    assert request["body"] == '{"b": [1, 2], "a": "ä"}'
    assert request["bytes"] == 24
    assert request["headers"]["x-one"] == "1"
    assert request["time"].endswith("Z")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD"])
def test_takes_any_method(sink, method):
    assert post(sink, "/m", method=method)[0] == 200
    assert sink.requests[0]["method"] == method


def test_repeated_headers_are_joined(sink):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(sink.url).netloc, timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("X-Many", "1")
    connection.putheader("x-many", "2")
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    assert connection.getresponse().status == 200
    connection.close()
    assert sink.requests[0]["headers"]["x-many"] == "1, 2"


@pytest.mark.parametrize("body, recorded, parsed", [
    (b"", "", None),
    (b"plain\ntext", "plain\ntext", None),
    (b'{"a": 1', '{"a": 1', None),
    (b"[" * 1000 + b"]" * 1000, "[" * 1000 + "]" * 1000, None),
    (b"\xff\xfe", None, None),
    (b"a\x00b", "a\x00b", None),
    (b"3", "3", 3),
], ids=["empty", "text", "half", "deep", "not-utf8", "nul", "number"])
def test_bodies(sink, body, recorded, parsed):
    assert post(sink, "/", body)[0] == 200
    [request] = sink.requests
    assert (request["body"], request["json"], request["bytes"]) == (recorded, parsed, len(body))


def test_prints_requests_harmlessly(sink):
    post(sink, "/p", '{"t": "\x9b2J \u202e evil", "b": 1}'.encode())
    post(sink, "/t", b"\x1b[31mred\nsecond line\x07")
    post(sink, "/b", b"\xff" * 10)
    code, out, err = sink.stop()
    assert (code, err) == (0, "")
    lines = [line.split(" ", 1)[1] if line[:2] == "20" else line for line in out.splitlines()]
    assert lines == [
        "POST /p -> 200",
        "  {",
        '    "b": 1,',
        '    "t": "\\u009b2J \\u202e evil"',
        "  }",
        "POST /t -> 200",
        "  \\u001b[31mred",
        "  second line\\u0007",
        "POST /b -> 200",
        "  (10 bytes that are not UTF-8)",
    ]


def test_quiet_prints_only_where_it_listens(start_sink):
    sink = start_sink("--quiet")
    post(sink, "/q", b"x")
    assert sink.stop() == (0, "", "")
    assert len(sink.requests) == 1


def test_status_and_failures(start_sink):
    sink = start_sink("--status", "202", "--fail-first", "2", "--fail-status", "429", "--retry-after", "7")
    answers = [post(sink) for _ in range(3)]
    assert [answer[0] for answer in answers] == [429, 429, 202]
    assert [answer[1].get("Retry-After") for answer in answers] == ["7", "7", None]
    assert [json.loads(answer[2])["ok"] for answer in answers] == [False, False, True]
    assert [request["status"] for request in sink.requests] == [429, 429, 202]


def announce(sink, path, length):
    """Sends the head of a request only: a body that is announced too large is refused before it is sent."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(sink.url).netloc, timeout=10)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    return connection.getresponse().status


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_ceiling_is_refused(sink, chunked):
    body = b"x" * (MIB + 1)
    if chunked:
        status = post(sink, "/big", iter([body[:MIB], body[MIB:]]))[0]
    else:
        status = announce(sink, "/big", len(body))
    assert status == 413
    [request] = sink.requests
    assert (request["status"], request["body"], request["bytes"]) == (413, None, None)
    assert "too large" in sink.stop()[1]


def test_a_body_at_the_ceiling_is_taken(sink):
    assert post(sink, "/big", b"x" * MIB)[0] == 200
    assert sink.requests[0]["bytes"] == MIB


def test_a_long_body_is_printed_in_part(sink):
    post(sink, "/long", b"0123456789" * 100000)
    out = sink.stop()[1]
    assert out.endswith("\n  ... (1000000 bytes in all)\n")
    assert len(out) < 20000
    assert sink.requests[0]["body"] == "0123456789" * 100000


def test_an_endless_body_is_cut_off(sink):
    def endless():
        while True:
            yield b"x" * 65536

    with pytest.raises((OSError, http.client.HTTPException)):
        post(sink, "/endless", endless())
    assert post(sink, "/next")[0] == 200


def test_bad_http_is_survived(sink):
    for text in [b"", b"\x00" * 100, b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                 b"POST /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                 b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"]:
        netloc = urllib.parse.urlsplit(sink.url)
        with socket.create_connection((netloc.hostname, netloc.port), timeout=5) as connection:
            try:
                connection.sendall(text)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            except OSError:
                pass
    assert post(sink, "/still-there")[0] == 200


def test_ends_after_count_requests(start_sink):
    sink = start_sink("--count", "2", "--timeout", "20s")
    assert [post(sink)[0] for _ in range(2)] == [200, 200]
    code, _, err = sink.wait()
    assert (code, err) == (0, "")


def test_too_few_requests_in_time_are_a_failure(start_sink):
    sink = start_sink("--count", "2", "--timeout", "300ms")
    post(sink)
    code, _, err = sink.wait()
    assert (code, err) == (1, "tocsin sink: 1 of 2 requests came in time\n")


def test_a_timeout_without_a_count_is_an_end(start_sink):
    code, _, err = start_sink("--timeout", "100ms").wait()
    assert (code, err) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(start_sink, number):
    assert start_sink().stop(number) == (0, "", "")
    code, _, err = start_sink("--count", "3").stop(number)
    assert (code, err) == (1, "tocsin sink: 0 of 3 requests came before the end\n")


def test_an_address_in_use_is_said(tocsin, sink):
    address = sink.url.removeprefix("http://")
    result = tocsin("sink", "--listen", address)
    assert (result.code, result.out) == (1, "")
    assert result.err == f"tocsin sink: cannot listen at {address}: Address already in use\n"


def test_listens_at_ipv6(build, tmp_path):
    with subprocess.Popen([build / "tocsin", "sink", "--listen", "[::1]:0"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=clean_environment()) as process:
        line = process.stdout.readline().decode()
        if not line and b"Cannot assign" in process.stderr.read():
            pytest.skip("no IPv6 here")
        assert line.startswith("listening on http://[::1]:")
        process.terminate()


@pytest.mark.parametrize("address", ["", "9199", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                                     "127.0.0.1:+1", "example.com:80", "::1:80", "[::1:80", "[127.0.0.1]:80",
                                     "127.0.0.1:0x50", "a" * 200 + ":1"],
                         ids=lambda address: address[:20])
def test_bad_addresses_are_wrong_use(tocsin, address):
    result = tocsin("sink", "--listen", address)
    assert result.code == 2
    assert result.err.startswith("tocsin sink: --listen: ")
    assert address in result.err


def test_what_cannot_be_recorded_is_not_acknowledged(build):
    with subprocess.Popen([build / "tocsin", "sink", "--listen", "127.0.0.1:0", "--record", "/dev/full"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()) as process:
        url = process.stdout.readline().decode().removeprefix("listening on ").strip()
        sink = type("Address", (), {"url": url})
        assert post(sink, "/", b"x")[0] == 500
        _, err = process.communicate(timeout=10)
        assert process.returncode == 1
        assert err.decode() == "tocsin sink: writing to /dev/full: No space left on device\n"


def test_a_reader_that_goes_away_is_an_error(build):
    reader, writer = os.pipe()
    with subprocess.Popen([build / "tocsin", "sink", "--listen", "127.0.0.1:0"], stdout=writer,
                          stderr=subprocess.PIPE, env=clean_environment()) as process:
        os.close(writer)
        with os.fdopen(reader, "rb") as lines:
            url = lines.readline().decode().removeprefix("listening on ").strip()
        assert post(type("Address", (), {"url": url}), "/")[0] == 500
        _, err = process.communicate(timeout=10)
        assert process.returncode == 1
        assert "Broken pipe" in err.decode()


def test_a_record_is_its_owners_alone(sink):
    post(sink)
    assert os.stat(sink.record).st_mode & 0o777 == 0o600


def test_a_record_that_cannot_be_opened_is_said(tocsin, tmp_path):
    result = tocsin("sink", "--listen", "127.0.0.1:0", "--record", tmp_path / "no" / "file")
    assert result.code == 1
    assert result.err == f"tocsin sink: cannot write to {tmp_path}/no/file: No such file or directory\n"


def test_many_connections_at_once(start_sink):
    sink = start_sink("--count", "200", "--timeout", "30s", "--quiet")
    netloc = urllib.parse.urlsplit(sink.url)
    for _ in range(4):
        connections = [socket.create_connection((netloc.hostname, netloc.port), timeout=10) for _ in range(50)]
        for connection in connections:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi")
        for connection in connections:
            with connection:
                assert connection.recv(100).startswith(b"HTTP/1.1 200")
    code, _, err = sink.wait()
    assert (code, err) == (0, "")
    assert len(sink.requests) == 200
