# SPDX-License-Identifier: Apache-2.0
"""check, preview and deliver, end to end with the shipped adapters and a real receiver."""
import json
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import clean_environment

SECRET = "5up3r-s3cret-t0ken"
KEY = "0123456789abcdef0123456789abcdef"


def event(**members):
    """A native event."""
    return {"title": "Disk full", "severity": "critical", "summary": "/var is full", "dedup_key": "disk:1",
            "labels": {"severity": "critical", "team": "db"}, **members}


def alert(number, status="firing", **labels):
    """One alert as Alertmanager sends it."""
    return {"status": status, "labels": {"alertname": f"Alert{number}", **labels},
            "annotations": {"summary": f"Summary {number}"}, "startsAt": "2026-01-31T12:00:00Z",
            "endsAt": "2026-01-31T13:00:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
            "fingerprint": f"{number:016x}"}


def webhook(*alerts):
    """A webhook payload of Alertmanager, version 4."""
    return {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "tocsin", "groupLabels": {},
            "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://am.example.com",
            "truncatedAlerts": 0, "alerts": list(alerts)}


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def world(tocsin, tmp_path, adapters):
    """Writes a configuration and a payload, and runs commands on them."""

    class World:
        config = tmp_path / "tocsin.yaml"
        payload = tmp_path / "payload.json"
        report_path = tmp_path / "report.json"

        def configure(self, receivers, routes=None, **others):
            """A configuration with these receivers; without routes all of them get everything."""
            routes = routes or [{"receivers": list(receivers)}]
            # JSON is YAML too.
            self.config.write_text(json.dumps(
                {"plugins": [str(adapters)], "receivers": receivers, "routes": routes, **others}, indent=1))

        def run(self, command, payload, *options, env=None, input=None):
            self.payload.write_text(payload if isinstance(payload, str) else json.dumps(payload))
            return tocsin(command, "--config", self.config, *options, self.payload, env=env, input=input)

        def deliver(self, payload, *options, env=None):
            """Gives the result with the report as `report`."""
            result = self.run("deliver", payload, "--report", self.report_path, *options, env=env)
            result.report = json.loads(self.report_path.read_text())
            return result

        def check(self, env=None):
            return tocsin("check", self.config, env=env)

    return World()


def outcomes(report):
    return [(entry["receiver"], entry["outcome"], len(entry["attempts"])) for entry in report["notifications"]]


# ---- Delivering ----

def test_one_event_to_three_receivers(world, sink):
    world.configure({
        "console": {"plugin": "console", "prefix": "[ops]"},
        "hook": {"plugin": "webhook", "endpoint": f"{sink.url}/incidents"},
        "pager": {"plugin": "pager", "service": "db", "routing_key": "R0UT1NG", "endpoint": f"{sink.url}/pager"},
    })
    result = world.deliver(event())
    assert (result.code, result.err) == (0, "")
    assert result.out == "[ops] critical Disk full: /var is full\n"
    assert sorted(result.report) == ["delivered", "failed", "held", "interrupted", "notifications", "problems",
                                     "skipped", "unrouted"]
    assert outcomes(result.report) == [("console", "delivered", 1), ("hook", "delivered", 1), ("pager", "delivered", 1)]
    assert [result.report[name] for name in ("delivered", "failed", "skipped", "held", "interrupted")] == [3, 0, 0, 0, 0]
    assert sorted(request["path"] for request in sink.requests) == ["/incidents", "/pager"]
    for request, entry in zip(sink.requests, result.report["notifications"][1:]):
        assert request["json"]["title"] == "Disk full"
        assert request["json"]["dedup_key"] == "disk:1"
        attempt = entry["attempts"][0]
        assert attempt["transport"] == "http"
        assert attempt["code"] == "accepted"
        assert attempt["request"]["payload"] == request["json"]
        assert attempt["response"]["status"] == 200
    assert result.report["notifications"][0]["attempts"][0]["text"] == "[ops] critical Disk full: /var is full"


def test_entries_have_one_shape(world, sink):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"},
                     "console": {"plugin": "console"}})
    report = world.deliver(webhook(alert(1), alert(2, "resolved"))).report
    assert len(report["notifications"]) == 4
    for entry in report["notifications"]:
        assert sorted(entry) == ["attempts", "dedup_key", "fallback_for", "id", "outcome", "plugin_name", "reason",
                                 "receiver", "route", "severity", "status", "title"]
        assert entry["route"] == 0 and entry["fallback_for"] is None


def test_the_report_is_the_last_thing_on_stdout(world):
    world.configure({"console": {"plugin": "console"}})
    result = world.run("deliver", event())
    line, report = result.out.split("\n", 1)
    assert line == "[incident] critical Disk full: /var is full"
    assert json.loads(report)["delivered"] == 1
    assert report == json.dumps(json.loads(report), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_a_table_for_people(world, sink):
    world.configure({"console": {"plugin": "console"}, "hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = world.run("deliver", webhook(alert(1), alert(2, "resolved")), "--output", "table")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "[incident] unknown Alert1: Summary 1" or lines[0].startswith("[incident] ")
    assert lines[1].split() == ["RECEIVER", "STATUS", "OUTCOME", "TRIES", "TITLE", "WHY"]
    assert [line.split()[:5] for line in lines[2:]] == [
        ["console", "firing", "delivered", "1", "Alert1"], ["hook", "firing", "delivered", "1", "Alert1"],
        ["console", "resolved", "skipped", "0", "Alert2"], ["hook", "resolved", "delivered", "1", "Alert2"]]


def test_stdin(tocsin, world):
    world.configure({"console": {"plugin": "console"}})
    result = tocsin("deliver", "-c", world.config, "-", input=json.dumps(event()))
    assert result.code == 0
    assert result.out.startswith("[incident] critical Disk full: /var is full\n")


def test_stderr_is_a_stream_too(world):
    world.configure({"console": {"plugin": "console", "stream": "stderr"}})
    result = world.deliver(event())
    assert (result.code, result.out) == (0, "")
    assert result.err == "[incident] critical Disk full: /var is full\n"


def test_routes(world, sink):
    world.configure(
        {"db": {"plugin": "webhook", "endpoint": sink.url + "/db"},
         "all": {"plugin": "webhook", "endpoint": sink.url + "/all"},
         "rest": {"plugin": "webhook", "endpoint": sink.url + "/rest"}},
        [{"match": ['team=~"db|infra"'], "receivers": ["db"], "continue": True},
         {"match": ['severity!="info"'], "receivers": ["all", "db"]},
         {"receivers": ["rest"]}])
    report = world.deliver(webhook(alert(1, team="db", severity="critical"), alert(2, severity="info"))).report
    assert [(entry["title"], entry["receiver"], entry["route"]) for entry in report["notifications"]] == [
        ("Alert1", "db", 0), ("Alert1", "all", 1), ("Alert2", "rest", 2)]
    assert [request["path"] for request in sink.requests] == ["/db", "/all", "/rest"]


def test_named_receivers_replace_the_routes(world, sink):
    world.configure({"a": {"plugin": "webhook", "endpoint": sink.url + "/a"},
                     "b": {"plugin": "webhook", "endpoint": sink.url + "/b"}},
                    [{"match": ["team=nobody"], "receivers": ["a", "b"]}])
    report = world.deliver(event(), "--receiver", "b", "-r", "b").report
    assert [(entry["receiver"], entry["route"]) for entry in report["notifications"]] == [("b", None)]
    result = world.run("deliver", event(), "--receiver", "bb")
    assert (result.code, result.out) == (1, "")
    assert 'did you mean b?' in result.err
    assert len(sink.requests) == 1


def test_an_event_without_a_route_is_a_failure(world, sink):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}},
                    [{"match": ["team=db"], "receivers": ["hook"]}])
    result = world.deliver(webhook(alert(1, team="db"), alert(2, team="web")))
    assert result.code == 1
    assert result.report["delivered"] == 1
    [unrouted] = result.report["unrouted"]
    assert (unrouted["title"], unrouted["status"], unrouted["labels"]["team"]) == ("Alert2", "firing", "web")
    assert unrouted["dedup_key"]
    assert result.err == 'tocsin deliver: no route takes "Alert2" (firing)\n'


def test_resolves_go_to_those_who_read_the_status(world, sink):
    world.configure({
        "console": {"plugin": "console"},
        "hook": {"plugin": "webhook", "endpoint": sink.url + "/x"},
        "quiet": {"plugin": "webhook", "endpoint": sink.url + "/y", "$send_resolved": False},
    })
    result = world.deliver(webhook(alert(1, "resolved")))
    assert (result.code, result.out) == (0, "")
    console, hook, quiet = result.report["notifications"]
    assert (console["outcome"], quiet["outcome"], hook["outcome"]) == ("skipped", "skipped", "delivered")
    assert "does not read the status" in console["reason"]
    assert "$send_resolved" in quiet["reason"]
    assert console["attempts"] == quiet["attempts"] == []
    assert result.report["skipped"] == 2
    assert [request["json"]["status"] for request in sink.requests] == ["resolved"]


def test_disabled_plugins_are_held_and_never_loaded(world, sink):
    world.configure({"console": {"plugin": "console"}, "hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}},
                    disabled={"console": "ticket 123"})
    result = world.deliver(event())
    # Nothing keeps what is held, so that nobody must miss it.
    assert (result.code, result.out) == (1, "")
    assert result.err == 'tocsin deliver: console: "Disk full" (firing) held: ' \
        'delivery/console is switched off: ticket 123\n'
    console, hook = result.report["notifications"]
    assert (console["outcome"], console["attempts"], hook["outcome"]) == ("held", [], "delivered")
    assert "ticket 123" in console["reason"]
    assert result.report["held"] == 1
    checked = world.check()
    assert checked.code == 0
    assert any("ticket 123" in warning["message"] for warning in checked.json["warnings"])
    preview = world.run("preview", event())
    assert "ticket 123" in preview.json["skipped"][0]["reason"]


def test_a_disabled_action_is_held_at_once(world):
    world.configure({"console": {"plugin": "console"}}, disabled={"console.deliver": "ticket 124"})
    started = time.monotonic()
    result = world.deliver(event())
    assert (result.code, result.out) == (1, "")
    assert outcomes(result.report) == [("console", "held", 1)]
    assert "ticket 124" in result.report["notifications"][0]["reason"]
    assert 'console: "Disk full" (firing) held: ' in result.err and "ticket 124" in result.err
    assert " since " not in result.err
    assert time.monotonic() - started < 0.2 + 2


@pytest.mark.parametrize("switch", ["webhook", "webhook.deliver"])
def test_the_fallback_stands_in_for_what_is_switched_off(world, sink, switch):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x", "$fallback": "console"},
                     "console": {"plugin": "console"}},
                    [{"receivers": ["hook"]}], disabled={switch: "bug 12"})
    result = world.deliver(event())
    # Somebody switched it off, and somebody else was told: that is what a fallback is for.
    assert (result.code, result.out) == (0, "[incident] critical Disk full: /var is full\n")
    assert "hook: \"Disk full\" (firing) held: " in result.err and "bug 12" in result.err
    hook, console = result.report["notifications"]
    assert (hook["outcome"], console["outcome"], console["fallback_for"]) == ("held", "delivered", "hook")
    assert sink.requests == []
    # A console does not read the status: of a resolve nobody was told.
    assert world.deliver(event(status="resolved")).code == 1


def test_held_without_anybody_to_stand_in(world, sink):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x", "$fallback": "spare"},
                     "spare": {"plugin": "webhook", "endpoint": sink.url + "/y"}},
                    [{"receivers": ["hook"]}], disabled={"webhook": "bug 12"})
    result = world.deliver(event())
    assert result.code == 1
    assert outcomes(result.report) == [("hook", "held", 0), ("spare", "held", 0)]
    assert len(result.err.splitlines()) == 2


# ---- When it does not work ----

def test_what_fails_for_now_is_tried_again(world, start_sink):
    sink = start_sink("--fail-first", "2", "--fail-status", "503")
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    started = time.monotonic()
    result = world.deliver(event())
    elapsed = time.monotonic() - started
    assert (result.code, result.err) == (0, "")
    [entry] = result.report["notifications"]
    assert [attempt["outcome"] for attempt in entry["attempts"]] == ["retry", "retry", "delivered"]
    assert [request["status"] for request in sink.requests] == [503, 503, 200]
    # 200 ms, then 400 ms.
    assert 0.6 <= elapsed < 5
    # Every attempt carries the same id.
    assert len({attempt["notification_id"] for attempt in entry["attempts"]}) == 1


def test_attempts_end(world, start_sink):
    sink = start_sink("--status", "500")
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = world.deliver(event(), "--attempts", "2")
    assert result.code == 1
    assert outcomes(result.report) == [("hook", "expired", 2)]
    assert result.report["failed"] == 1
    assert result.report["notifications"][0]["reason"].startswith("gave up after 2 attempts: ")
    assert result.err.startswith('tocsin deliver: hook: "Disk full" (firing) expired: gave up after 2 attempts: ')
    assert outcomes(world.deliver(event(), "-n", "1").report) == [("hook", "expired", 1)]


def test_retry_after_is_honoured(world, start_sink):
    sink = start_sink("--fail-first", "1", "--fail-status", "429", "--retry-after", "1")
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    started = time.monotonic()
    assert world.deliver(event()).code == 0
    assert 1.0 <= time.monotonic() - started < 5


def test_a_long_retry_after_is_not_cut_short(world, start_sink):
    sink = start_sink("--status", "503", "--retry-after", "3600")
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    started = time.monotonic()
    result = world.deliver(event())
    assert time.monotonic() - started < 3
    assert result.code == 1
    assert outcomes(result.report) == [("hook", "expired", 1)]
    assert "3600 s" in result.report["notifications"][0]["reason"]


def test_retry_after_holds_for_all_that_goes_to_the_receiver(world, start_sink):
    busy, good = start_sink("--status", "429", "--retry-after", "30"), start_sink()
    world.configure({"busy": {"plugin": "webhook", "endpoint": busy.url + "/x"},
                     "good": {"plugin": "webhook", "endpoint": good.url + "/x"}})
    started = time.monotonic()
    result = world.deliver(webhook(alert(1), alert(2), alert(3)))
    assert time.monotonic() - started < 5
    assert result.code == 1
    assert outcomes(result.report) == [("busy", "expired", 1), ("good", "delivered", 1),
                                       ("busy", "expired", 0), ("good", "delivered", 1),
                                       ("busy", "expired", 0), ("good", "delivered", 1)]
    assert len(busy.requests) == 1
    assert re.search(r"asks to wait for another (30|29) s: ", result.report["notifications"][2]["reason"])


def test_a_short_retry_after_delays_the_next_notification(world, start_sink):
    sink = start_sink("--fail-first", "1", "--fail-status", "429", "--retry-after", "1")
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = world.deliver(webhook(alert(1), alert(2)), "--attempts", "1")
    first, second = result.report["notifications"]
    assert (first["outcome"], second["outcome"]) == ("expired", "delivered")
    times = [entry["attempts"][0]["time"] for entry in (first, second)]
    seconds = [float(text[-7:-1]) for text in times]
    assert (seconds[1] - seconds[0]) % 60 >= 1.0


# ---- Signals ----

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_a_report(build, world, silent, number):
    world.configure({"hung": {"plugin": "webhook", "endpoint": silent.url, "timeout_seconds": 2,
                              "$fallback": "spare"},
                     "late": {"plugin": "webhook", "endpoint": silent.url},
                     "spare": {"plugin": "console"}}, [{"receivers": ["hung", "late"]}])
    world.payload.write_text(json.dumps(event()))
    process = subprocess.Popen(
        [build / "tocsin", "deliver", "-c", world.config, "--report", world.report_path, world.payload],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
    assert silent.asked.wait(20)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    # No fallback either: it was asked to end.
    assert out == b""
    assert b"interrupted; the attempt under way is finished first" in err
    assert b'late: "Disk full" (firing) interrupted: a signal came before it was tried' in err
    report = json.loads(world.report_path.read_text())
    assert outcomes(report) == [("hung", "interrupted", 1), ("late", "interrupted", 0)]
    assert report["interrupted"] == 2
    assert report["notifications"][0]["reason"].startswith("a signal came after 1 attempt: no complete answer")


def test_the_second_signal_ends_it_at_once(build, world, silent):
    world.configure({"hung": {"plugin": "webhook", "endpoint": silent.url, "timeout_seconds": 60}})
    world.payload.write_text(json.dumps(event()))
    process = subprocess.Popen([build / "tocsin", "deliver", "-c", world.config, world.payload],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=clean_environment())
    assert silent.asked.wait(20)
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline().startswith(b"tocsin: interrupted")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGTERM


def test_a_deadline_ends_the_attempts(world, start_sink):
    sink = start_sink("--status", "503")
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x", "$deadline": "1s"}})
    result = world.deliver(event(), "--attempts", "20")
    assert result.code == 1
    [entry] = result.report["notifications"]
    assert entry["outcome"] == "expired" and "deadline" in entry["reason"]
    # 200 ms, 400 ms, and 800 ms would be too late.
    assert len(entry["attempts"]) == 3


def test_a_receiver_that_is_down_is_not_waited_for_again_and_again(world):
    world.configure({"dead": {"plugin": "webhook", "endpoint": f"http://127.0.0.1:{unused_port()}/x"}})
    started = time.monotonic()
    report = world.deliver(webhook(*(alert(number) for number in range(20)))).report
    assert time.monotonic() - started < 3
    # One is tried three times, two more once each, and then it is enough.
    assert outcomes(report) == [("dead", "expired", 3)] + [("dead", "expired", 1)] * 2 + [("dead", "expired", 0)] * 17
    assert "gave no answer to 3 notifications in a row" in report["notifications"][-1]["reason"]


class Silent:
    """A service that takes connections and never answers; with `first`, the first ones only."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/x"
        self.connections = []
        self.asked = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            self.asked.set()


@pytest.fixture
def silent():
    service = Silent()
    yield service
    service.listener.close()
    for connection in service.connections:
        connection.close()


def test_a_receiver_that_hangs_delays_no_other(world, sink, silent):
    world.configure({"a-hung": {"plugin": "webhook", "endpoint": silent.url, "timeout_seconds": 1,
                                "$fallback": "console"},
                     "b-good": {"plugin": "webhook", "endpoint": sink.url + "/x"},
                     "console": {"plugin": "console"}},
                    [{"receivers": ["a-hung", "b-good"]}])
    began = time.time()
    result = world.deliver(webhook(*(alert(number) for number in range(8))))
    assert result.code == 1
    notifications = result.report["notifications"]
    good = [entry for entry in notifications if entry["receiver"] == "b-good"]
    # The report keeps the order of the plan; the requests that of the events.
    assert [entry["receiver"] for entry in notifications] == ["a-hung", "console", "b-good"] * 8
    assert [request["json"]["title"] for request in sink.requests] == [f"Alert{number}" for number in range(8)]
    hung = [entry for entry in notifications if entry["receiver"] == "a-hung"]
    assert [len(entry["attempts"]) for entry in hung] == [3, 1, 1, 0, 0, 0, 0, 0]
    # Only the first attempt at the one that hangs comes before all of the good ones.
    second = hung[0]["attempts"][1]["time"]
    assert all(entry["attempts"][0]["time"] < second for entry in good)
    # Each of the others is told by the fallback, in the order of the events.
    assert re.findall(r"Alert\d", result.out) == [f"Alert{number}" for number in range(8)]
    assert time.time() - began < 5 * 1 + 5


def test_a_receiver_that_answers_again_is_in_good_standing(world, start_sink):
    """Order per receiver is kept also while its head waits."""
    sink = start_sink("--fail-first", "1")
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = world.deliver(webhook(alert(1), alert(1, "resolved")))
    assert result.code == 0
    assert [(request["json"]["status"], request["status"]) for request in sink.requests] == [
        ("firing", 503), ("firing", 200), ("resolved", 200)]


def test_a_rejection_is_final(world, start_sink):
    sink = start_sink("--status", "400")
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = world.deliver(event())
    assert result.code == 1
    assert outcomes(result.report) == [("hook", "rejected", 1)]


def test_the_fallback_takes_over(world, sink):
    world.configure({
        "dead": {"plugin": "webhook", "endpoint": f"http://127.0.0.1:{unused_port()}/x", "$fallback": "spare"},
        "spare": {"plugin": "webhook", "endpoint": sink.url + "/spare"},
    }, [{"receivers": ["dead"]}])
    result = world.deliver(event(), "--attempts", "1")
    # The incident was told, but not by the receiver that was to tell it.
    assert result.code == 1
    dead, spare = result.report["notifications"]
    assert (dead["outcome"], dead["fallback_for"]) == ("expired", None)
    assert (spare["receiver"], spare["outcome"], spare["fallback_for"]) == ("spare", "delivered", "dead")
    assert spare["route"] is None
    assert spare["id"] != dead["id"]
    assert [request["path"] for request in sink.requests] == ["/spare"]


def test_fallbacks_chain_and_nobody_is_told_twice(world, sink):
    dead = f"http://127.0.0.1:{unused_port()}/x"
    world.configure({
        "one": {"plugin": "webhook", "endpoint": dead, "$fallback": "two"},
        "two": {"plugin": "webhook", "endpoint": dead, "$fallback": "three"},
        "three": {"plugin": "webhook", "endpoint": sink.url + "/three"},
    }, [{"match": ["team=db"], "receivers": ["one"]}, {"receivers": ["one", "three"]}])
    result = world.deliver(event(), "--attempts", "1")
    assert outcomes(result.report) == [("one", "expired", 1), ("two", "expired", 1), ("three", "delivered", 1)]
    assert result.report["notifications"][2]["fallback_for"] == "two"
    result = world.deliver(event(labels={}), "--attempts", "1")
    assert outcomes(result.report) == [("one", "expired", 1), ("two", "expired", 1), ("three", "delivered", 1)]
    assert result.report["notifications"][2]["fallback_for"] is None
    assert len(sink.requests) == 2


def test_one_bad_receiver_stops_no_other(world, start_sink):
    bad, good = start_sink("--status", "400"), start_sink()
    world.configure({"a-bad": {"plugin": "webhook", "endpoint": bad.url + "/x"},
                     "b-good": {"plugin": "webhook", "endpoint": good.url + "/x"}})
    result = world.deliver(webhook(alert(1), alert(2)))
    assert result.code == 1
    assert [result.report["delivered"], result.report["failed"]] == [2, 2]
    assert len(good.requests) == 2


def test_good_events_of_a_bad_payload_are_delivered(world, sink):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    broken = alert(2)
    broken["status"] = "exploded"
    result = world.deliver(webhook(alert(1), broken, alert(3)))
    assert result.code == 1
    assert result.report["delivered"] == 2
    assert len(result.report["problems"]) == 1
    assert "alerts[1]" in result.report["problems"][0]["path"]
    assert f"tocsin deliver: {world.payload}: alerts[1]" in result.err
    assert [request["json"]["title"] for request in sink.requests] == ["Alert1", "Alert3"]


@pytest.mark.parametrize("command", ["deliver", "preview"])
def test_what_is_wrong_with_a_payload_is_said_once(world, sink, command):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = world.run(command, {})
    assert result.code == 1
    lines = result.err.splitlines()
    assert len(lines) == len(set(lines)) == 1
    assert "title" in lines[0]
    result = world.run(command, [])
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("payload", ["", "{", "[]", "3", "{}", '{"alerts": 3}', '{"title": 3}', "\x00", "[" * 100000,
                                     '{"a": 1, "a": 2}', " " * (1024 * 1024 + 1)],
                         ids=lambda payload: payload[:10].strip() or f"{len(payload)}-spaces")
def test_a_bad_payload_delivers_nothing(world, sink, payload):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = world.deliver(payload)
    assert result.code == 1
    assert result.report["notifications"] == []
    assert result.err.startswith("tocsin deliver: ")
    assert str(world.payload) in result.err
    assert sink.requests == []


def test_files_that_are_not_there(tocsin, world, tmp_path):
    world.configure({"console": {"plugin": "console"}})
    result = tocsin("deliver", "-c", world.config, tmp_path / "absent.json")
    assert result.code == 1 and f"{tmp_path}/absent.json" in result.err
    result = tocsin("deliver", "-c", tmp_path / "absent.yaml", tmp_path / "absent.json")
    assert (result.code, result.out) == (1, "")
    assert f"{tmp_path}/absent.yaml" in result.err
    result = world.run("deliver", event(), "--report", tmp_path / "no" / "report.json")
    assert result.code == 1
    # Known before anything was sent.
    assert (result.out, result.err) == (
        "", f"tocsin deliver: cannot write {tmp_path}/no/report.json: No such file or directory\n")


def test_the_report_may_replace_the_payload(world):
    world.configure({"console": {"plugin": "console"}})
    result = world.run("deliver", event(), "--report", world.payload)
    assert result.code == 0
    assert json.loads(world.payload.read_text())["delivered"] == 1


def test_a_report_that_cannot_be_written_is_a_failure(world):
    world.configure({"console": {"plugin": "console"}})
    result = world.run("deliver", event(), "--report", "/dev/full")
    assert result.code == 1
    assert "cannot write /dev/full: No space left on device" in result.err


def test_a_bad_configuration_delivers_nothing(world, sink):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"},
                     "bad": {"plugin": "webhook", "endpoint": sink.url + "/x", "timeout_seconds": 99}})
    result = world.run("deliver", event())
    assert (result.code, result.out) == (1, "")
    assert "receivers.bad.timeout_seconds: " in result.err
    assert sink.requests == []


def test_an_incident_cannot_drive_the_terminal(world):
    world.configure({"console": {"plugin": "console"}})
    result = world.run("deliver", event(title="\x1b[2J\x07\x9b31m", summary="a\nb\rc\u202e"), "--output", "table")
    assert result.code == 0
    for character in "\x1b\x07\x9b\r\u202e":
        assert character not in result.out + result.err
    assert len(result.out.splitlines()) == 3


# ---- Secrets ----

@pytest.fixture
def with_secrets(world, sink, tmp_path):
    (tmp_path / "token").write_text(SECRET + "\n")
    world.configure({
        "hook": {"plugin": "webhook", "endpoint": sink.url + "/hook", "bearer_token": f"file:{tmp_path}/token",
                 "signing_secret": "env:SIGNING"},
        "duty": {"plugin": "pagerduty", "routing_key": "env:PD_KEY", "endpoint": sink.url + "/duty"},
    })
    return world


ENVIRONMENT = {"SIGNING": SECRET + "-signing", "PD_KEY": KEY}


def test_secrets_are_sent_and_nowhere_shown(with_secrets, sink):
    result = with_secrets.deliver(event(), "--attempts", "1", env=ENVIRONMENT)
    by_path = {request["path"]: request for request in sink.requests}
    assert by_path["/hook"]["headers"]["authorization"] == f"Bearer {SECRET}"
    assert by_path["/hook"]["headers"]["webhook-signature"].startswith("v1,")
    assert by_path["/duty"]["json"]["routing_key"] == KEY
    shown = result.out + result.err + json.dumps(result.report)
    shown += with_secrets.check(ENVIRONMENT).out
    preview = with_secrets.run("preview", event(), env=ENVIRONMENT)
    shown += preview.out + preview.err
    for secret in (SECRET, SECRET + "-signing", KEY, by_path["/hook"]["headers"]["webhook-signature"]):
        assert secret not in shown
    assert "***" in preview.out


def test_missing_secrets_are_named(with_secrets, tmp_path):
    (tmp_path / "token").unlink()
    result = with_secrets.check()
    assert result.code == 1
    messages = {problem["path"]: problem["message"] for problem in result.json["problems"]}
    assert sorted(messages) == ["receivers.duty.routing_key", "receivers.hook.bearer_token",
                                "receivers.hook.signing_secret"]
    assert "PD_KEY" in messages["receivers.duty.routing_key"]
    assert f"{tmp_path}/token" in messages["receivers.hook.bearer_token"]
    # A preview sends nothing and needs none.
    assert with_secrets.run("preview", event()).code == 0
    assert with_secrets.run("deliver", event()).code == 1


# ---- check ----

def test_check_counts_what_the_file_declares(world):
    world.configure({"hook": {"plugin": "webhook", "endpoint": "ftp://x"}})
    result = world.check()
    assert (result.code, result.json["receivers"]) == (1, 1)


def test_check_finds_nothing(tocsin, world, sink):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = tocsin("check", world.config, check=True)
    assert result.json == {"plugins": 6, "problems": [], "receivers": 1, "routes": 1, "warnings": []}


def test_check_finds_everything_by_line_and_column(tocsin, world, adapters):
    world.config.write_text(f"""\
plugins: [{adapters}]
receivers:
  ops: {{plugin: consol}}
  hook:
    plugin: webhook
    endpoint: ftp://x
    timeout_seconds: 99
    tiemout: 3
  pager: {{plugin: pager, service: a, routing_key: b}}
routes:
  - {{match: ['severity=~"("'], receivers: [hook]}}
""")
    result = tocsin("check", world.config)
    assert result.code == 1
    problems = {problem["path"]: problem for problem in result.json["problems"]}
    expected = {"receivers.ops.plugin": (3, 9), "receivers.hook.endpoint": (6, 5),
                "receivers.hook.timeout_seconds": (7, 5), "receivers.hook.tiemout": (8, 5),
                "receivers.pager.service": (9, 26), "receivers.pager.routing_key": (9, 38),
                "routes[0].match[0]": (11, 14)}
    assert {path: (problem["line"], problem["column"]) for path, problem in problems.items()} == expected
    lines = result.err.splitlines()
    assert len(lines) == len(expected)
    for path, (line, column) in expected.items():
        start = f"tocsin check: {world.config}:{line}:{column}: {path}: "
        assert [text for text in lines if text.startswith(start)] == [start + problems[path]["message"]]
    assert "did you mean console?" in problems["receivers.ops.plugin"]["message"]


def test_check_finds_receivers_that_are_not_there(world):
    world.configure({"hook": {"plugin": "console", "$fallback": "nobody"}}, [{"receivers": ["hook", "hok"]}])
    result = world.check()
    assert result.code == 1
    assert [problem["path"] for problem in result.json["problems"]] == [
        "routes[0].receivers[1]", "receivers.hook.$fallback"]
    assert "did you mean hook?" in result.err


@pytest.mark.parametrize("text, line, column", [
    ("receivers: {a: {plugin: console}\n", None, None),
    ("receivers:\n  a: 1\n  a: 2\n", 3, 3),
    ("receivers: &x {}\n", 1, 12),
    ("a: \x01\n", None, None),
])
def test_check_says_where_yaml_is_broken(tocsin, world, text, line, column):
    world.config.write_text(text)
    result = tocsin("check", world.config)
    assert result.code == 1
    [problem] = result.json["problems"]
    assert sorted(problem) == ["column", "line", "message", "path"]
    assert problem["path"] == ""
    assert isinstance(problem["line"], int) and isinstance(problem["column"], int)
    assert line is None or (problem["line"], problem["column"]) == (line, column)
    assert result.err == (f"tocsin check: {world.config}:{problem['line']}:{problem['column']}: "
                          f"{problem['message']}\n")


def test_check_of_a_file_that_is_not_there(tocsin, tmp_path):
    result = tocsin("check", tmp_path / "absent.yaml")
    assert result.code == 1
    [problem] = result.json["problems"]
    assert (problem["line"], problem["column"]) == (None, None)
    assert str(tmp_path / "absent.yaml") in result.err


def test_check_warns(world, sink):
    world.configure({"hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}, "idle": {"plugin": "console"}},
                    [{"receivers": ["hook"]}, {"match": ["a=b"], "receivers": ["hook"]}])
    result = world.check()
    assert result.code == 0
    warnings = {warning["path"]: warning for warning in result.json["warnings"]}
    assert sorted(warnings) == ["receivers.idle", "routes[1]"]
    assert "never reached" in warnings["routes[1]"]["message"]
    assert result.err.count("warning: ") == 2
    assert all(isinstance(warning["line"], int) for warning in warnings.values())


def test_plugins_may_be_named_on_the_command_line(tocsin, tmp_path, adapters):
    config = tmp_path / "tocsin.yaml"
    config.write_text("receivers: {a: {plugin: console}}\nroutes: [{receivers: [a]}]\n")
    assert tocsin("check", "--plugins", adapters / "console.so", config, check=True).json["plugins"] == 1
    assert tocsin("check", config, env={"TOCSIN_PLUGINS": str(adapters)}, check=True).json["plugins"] == 6
    # Without a word, those beside the program.
    assert tocsin("check", config, check=True).json["plugins"] == 6


# ---- preview ----

def test_preview_is_what_deliver_sends(world, sink):
    world.configure({"console": {"plugin": "console"},
                     "hook": {"plugin": "webhook", "endpoint": sink.url + "/x", "headers": {"X-Team": "db"}}})
    preview = world.run("preview", event())
    assert (preview.code, preview.err) == (0, "")
    assert sorted(preview.json) == ["previews", "problems", "skipped"]
    console, hook = preview.json["previews"]
    assert (console["receiver"], console["transport"], console["text"]) == (
        "console", "stream", "[incident] critical Disk full: /var is full")
    assert sink.requests == []
    report = world.deliver(event()).report
    assert hook["request"] == report["notifications"][1]["attempts"][0]["request"]
    assert hook["id"] == report["notifications"][1]["id"]
    [request] = sink.requests
    assert request["json"] == hook["request"]["payload"]
    for name, value in hook["request"]["headers"].items():
        assert request["headers"][name.lower()] == value


def test_preview_without_a_payload_shows_all_receivers(tocsin, world, sink):
    world.configure({"a": {"plugin": "console"}, "b": {"plugin": "webhook", "endpoint": sink.url + "/x"},
                     "c": {"plugin": "pager", "service": "db", "routing_key": "key1"}},
                    [{"match": ["a=b"], "receivers": ["a"]}, {"match": ["a=c"], "receivers": ["b", "c"]}])
    result = tocsin("preview", "--config", world.config)
    assert [entry["receiver"] for entry in result.json["previews"] + result.json["problems"]] == ["a", "b", "c"]
    result = tocsin("preview", "--config", world.config, "--receiver", "b", check=True)
    assert [entry["receiver"] for entry in result.json["previews"]] == ["b"]
    assert sink.requests == []


def test_preview_says_what_would_not_be_sent(world, sink):
    world.configure({"console": {"plugin": "console"},
                     "keyless": {"plugin": "pager", "service": "db", "routing_key": "key1"},
                     "hook": {"plugin": "webhook", "endpoint": sink.url + "/x"}})
    result = world.run("preview", webhook(alert(1), alert(2, "resolved")))
    # A pager without an endpoint runs, but has nowhere to deliver to.
    assert result.code == 1
    assert [(entry["receiver"], entry["status"]) for entry in result.json["previews"]] == [
        ("console", "firing"), ("hook", "firing"), ("hook", "resolved")]
    assert [entry["receiver"] for entry in result.json["skipped"]] == ["console", "keyless"]
    [problem] = result.json["problems"]
    assert problem["receiver"] == "keyless" and problem["error"]
    assert result.err.startswith("tocsin preview: keyless: ")
