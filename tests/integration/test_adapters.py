# SPDX-License-Identifier: Apache-2.0
"""The delivered adapters, driven through the real binaries, against stand-ins that enforce what each service
documents (services/)."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from services.base import Answer
from services.driver import (
    ADAPTERS,
    CHAT,
    EVENT,
    HTTP_ADAPTERS,
    ROUTING_KEY,
    SEED,
    SLACK_PATH,
    TOKEN,
    Courier,
    as_options,
    call,
    invoke,
    settings_of,
    stand_in,
    tocsin,
)
from services.webhook import Webhook

ROOT = pathlib.Path(__file__).resolve().parents[2]


# ---- The contracts that others rely on ----


def signatures(plugin: str) -> dict:
    done = tocsin("signatures", "--group", "delivery")
    assert done.returncode == 0, done.stderr
    return next(entry for entry in json.loads(done.stdout)["delivery"] if entry["plugin_name"] == plugin)


def test_console_has_exactly_this_signature():
    shown = json.dumps(signatures("console"))
    assert "(*, prefix='[incident]', stream='stdout', uppercase_severity=False)" in shown
    assert "(*, title: str, severity: str, summary: str) -> str" in shown


@pytest.mark.parametrize("plugin", ADAPTERS)
def test_deliver_names_title_severity_summary_first(plugin):
    done = tocsin("action", "delivery", plugin, "deliver")
    parameters = json.loads(done.stdout)["action"]["parameters"]
    assert [parameter["name"] for parameter in parameters[:3]] == ["title", "severity", "summary"]
    assert all(parameter["kind"] == "keyword_only" for parameter in parameters)
    assert [parameter["name"] for parameter in parameters if parameter["required"]] == ["title", "severity", "summary"]


@pytest.mark.parametrize(
    "config, line",
    [
        ({}, "[incident] critical Disk almost full: db1 has 2 % left"),
        ({"prefix": "[ops]"}, "[ops] critical Disk almost full: db1 has 2 % left"),
        ({"uppercase_severity": True}, "[incident] CRITICAL Disk almost full: db1 has 2 % left"),
        ({"prefix": "", "stream": "stderr"}, "critical Disk almost full: db1 has 2 % left"),
    ],
)
def test_console_lines(config, line):
    assert invoke("console", "deliver", config, SEED) == line


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_console_writes_to_the_stream_it_names(tmp_path, stream):
    notification = Courier(tmp_path, "console", {"stream": stream}).deliver(EVENT)
    other = {"stdout": "stderr", "stderr": "stdout"}[stream]
    line = "[incident] critical Disk almost full: db1 has 2 % left\n"
    assert notification["outcome"] == "delivered"
    assert line in notification[stream]
    assert line not in notification[other]


PAYLOAD = {
    "title": "Disk almost full",
    "severity": "critical",
    "summary": "db1 has 2 % left",
    "status": "firing",
    "labels": {},
    "annotations": {},
    "links": {},
    "id": "",
    "dedup_key": "",
    "incidents": [],
    "count": 1,
    "started_at": "",
    "ended_at": "",
}


def test_webhook_request():
    endpoint = "https://hooks.example.com/incidents"
    assert invoke("webhook", "deliver", {"endpoint": endpoint}, SEED) == {
        "endpoint": endpoint,
        "timeout_seconds": 5,
        "payload": PAYLOAD,
    }


def test_webhook_members_that_are_there_only_when_set():
    config = {"endpoint": "https://hooks.example.com/", "headers": {"X-Team": "db"}}
    request = invoke("webhook", "deliver", config, {**SEED, "id": "n-1"})
    assert request["headers"] == {"X-Team": "db", "Idempotency-Key": "n-1"}
    assert not {"auth", "sign"} & set(request)
    config = {"endpoint": "https://hooks.example.com/", "signing_secret": "whsec_c2VjcmV0", "bearer_token": "t0ken"}
    request = invoke("webhook", "deliver", config, {**SEED, "id": "n-1"})
    assert request["sign"] == {"scheme": "standard-webhooks", "secret": "***", "id": "n-1"}
    assert request["auth"] == {"scheme": "bearer", "secret": "***"}
    assert "headers" not in request


def test_webhook_redacts_every_summary():
    leak = "the launch code is 0000"
    incident = {"title": "T", "summary": leak, "annotations": {"description": leak}, "severity": "error", "new": leak}
    arguments = {
        **SEED,
        "summary": leak,
        "annotations": {"summary": leak},
        "labels": {"team": "db"},
        "incidents": [incident, {**incident, "labels": {"team": "db"}}],
        "count": 2,
    }
    config = {"endpoint": "https://hooks.example.com/"}
    assert leak in json.dumps(invoke("webhook", "deliver", config, arguments))
    payload = invoke("webhook", "deliver", {**config, "redact_summary": "true"}, arguments)["payload"]
    assert leak not in json.dumps(payload)
    assert payload["summary"] == "[redacted]"
    assert [one["summary"] for one in payload["incidents"]] == ["[redacted]"] * 2
    assert payload["incidents"][1]["labels"] == {"team": "db"}
    assert payload["labels"] == {"team": "db"}


PAGE = {
    "service": "my shop",
    "routing_key": "primary",
    "title": "Disk almost full",
    "severity": "critical",
    "summary": "db1 has 2 % left",
}


@pytest.mark.parametrize(
    "config, arguments, request_made",
    [
        ({}, {}, {"payload": {**PAGE, "dedup_key": "my-shop:critical:Disk-almost-full"}}),
        ({}, {"dedup_key": "its own"}, {"payload": {**PAGE, "dedup_key": "its own"}}),
        ({"deduplicate": False}, {"dedup_key": "its own"}, {"payload": PAGE}),
        (
            {"endpoint": "https://pages.example.com/", "deduplicate": False},
            {},
            {"endpoint": "https://pages.example.com/", "payload": PAGE},
        ),
    ],
)
def test_pager_request_and_preview(config, arguments, request_made):
    config = {"service": "my shop", "routing_key": "primary", **config}
    assert invoke("pager", "deliver", config, {**SEED, **arguments}) == request_made
    text = invoke("pager", "preview", config, {**SEED, **arguments})
    assert text == json.dumps(request_made["payload"], sort_keys=True)


def test_pager_preview_is_recorded_with_what_it_called():
    config = {"service": "checkout", "routing_key": "primary"}
    history = call("pager", "preview", config, SEED, command="trace")["history"]
    recorded = [(record["action"], record["result_type"]) for record in history]
    assert recorded == [("deliver", "dict"), ("preview", "str")]


def test_pager_without_an_endpoint_cannot_deliver(tmp_path):
    notification = Courier(tmp_path, "pager", {"service": "checkout", "routing_key": "primary"}).deliver(EVENT)
    assert notification["outcome"] != "delivered"
    assert "endpoint" in json.dumps(notification)


@pytest.mark.parametrize(
    "plugin, config, complaint",
    [
        ("console", {"stream": "syslog"}, "stream"),
        ("webhook", {}, "endpoint"),
        ("webhook", {"endpoint": "http://"}, "endpoint"),
        ("webhook", {"endpoint": "https://hooks.example.com", "timeout_seconds": 61}, "timeout_seconds"),
        ("webhook", {"endpoint": "https://hooks.example.com", "timeout_seconds": 0}, "timeout_seconds"),
        ("pager", {"service": "x", "routing_key": "primary"}, "service"),
        ("pager", {"service": "checkout", "routing_key": "abc"}, "routing_key"),
        ("pagerduty", {"routing_key": "short"}, "routing_key"),
        ("pagerduty", {"routing_key": ROUTING_KEY, "region": "mars"}, "region"),
        ("slack", {"path": "https://hooks.slack.com/services/T/B/X"}, "path"),
        ("slack", {"path": "/services/T/B/X"}, "path"),
        ("telegram", {"token": "no colon", "chat_id": "1"}, "token"),
        ("telegram", {"token": TOKEN, "chat_id": "incidents"}, "chat_id"),
        ("telegram", {"token": TOKEN, "chat_id": "@abc"}, "chat_id"),
        ("telegram", {"token": TOKEN, "chat_id": "1", "topic": 0}, "topic"),
    ],
)
def test_settings_that_no_service_would_take_are_refused(plugin, config, complaint):
    done = tocsin("invoke", "delivery", plugin, "deliver", *as_options("config", config), *as_options("arg", SEED))
    assert done.returncode != 0
    assert complaint in done.stderr
    for secret in ("no colon", "hooks.slack.com/services"):
        assert secret not in done.stderr


# ---- Deliveries ----


@pytest.mark.parametrize("plugin", HTTP_ADAPTERS)
def test_an_event_is_delivered(tmp_path, plugin):
    with stand_in(plugin) as service:
        notification = Courier(tmp_path, plugin, settings_of(plugin, service.url)).deliver(EVENT)
        assert notification["outcome"] == "delivered", notification
        assert len(service.requests) == 1


@pytest.mark.parametrize("plugin", HTTP_ADAPTERS)
def test_a_preview_sends_nothing_and_shows_no_secret(tmp_path, plugin):
    with stand_in(plugin) as service:
        preview = Courier(tmp_path, plugin, settings_of(plugin, service.url)).preview(EVENT)
        assert preview["request"]["endpoint"].startswith(service.url)
        for secret in (ROUTING_KEY, SLACK_PATH, TOKEN):
            assert secret not in json.dumps(preview)
        assert not service.requests


def test_webhook_signs_as_standard_webhooks_says(tmp_path):
    secret = "whsec_" + "c2VjcmV0IG9mIGEgZGVjZW50IGxlbmd0aA=="
    with Webhook(secret, token="t0ken") as service:
        settings = {"endpoint": service.url, "signing_secret": secret, "bearer_token": "t0ken"}
        notification = Courier(tmp_path, "webhook", settings).deliver(EVENT)
        assert notification["outcome"] == "delivered", notification
        assert service.requests[0].headers["webhook-id"] == notification["id"]
        assert service.received[0]["dedup_key"] == "disk:db1"
    with Webhook("another secret") as service:
        settings = {"endpoint": service.url, "signing_secret": secret}
        assert Courier(tmp_path, "webhook", settings).deliver(EVENT)["outcome"] == "rejected"


def test_webhook_sends_the_id_as_idempotency_key(tmp_path):
    with Webhook() as service:
        courier = Courier(tmp_path, "webhook", {"endpoint": service.url})
        first, second = courier.deliver(EVENT), courier.deliver(EVENT)
        assert first["id"] == second["id"] != ""
        assert [request.headers["idempotency-key"] for request in service.requests] == [first["id"]] * 2


def test_pagerduty_follows_an_incident(tmp_path):
    with stand_in("pagerduty") as service:
        courier = Courier(tmp_path, "pagerduty", settings_of("pagerduty", service.url))
        for status, state in [("firing", "triggered"), ("firing", "triggered"), ("acknowledged", "acknowledged")]:
            notification = courier.deliver({**EVENT, "status": status})
            assert notification["attempts"][-1]["reference"] == "disk:db1"
            assert service.alerts == {"disk:db1": state}
        courier.deliver({**EVENT, "status": "resolved"})
        assert service.alerts == {}
        assert service.opened == ["disk:db1"], "a repeat must not open a second alert"
        event = service.requests[0].json()
    assert event["payload"]["source"] == "db1:9100"
    assert event["payload"]["component"] == "node"
    assert event["payload"]["group"] == "eu-1"
    assert event["payload"]["class"] == "DiskFull"
    assert event["payload"]["summary"] == "Disk almost full"
    assert event["payload"]["custom_details"]["summary"] == "db1 has 2 % left"
    assert event["links"] == [{"href": EVENT["links"]["run book"], "text": "run book"}]
    assert set(service.requests[-1].json()) == {"routing_key", "event_action", "dedup_key"}


@pytest.mark.parametrize(
    "said, meant",
    [
        ("critical", "critical"),
        ("PAGE", "critical"),
        ("error", "error"),
        ("Warning", "warning"),
        ("minor", "warning"),
        ("info", "info"),
        ("none", "info"),
        ("sev-17", "error"),
        ("", "error"),
    ],
)
def test_pagerduty_severities(said, meant):
    request = invoke("pagerduty", "deliver", {"routing_key": ROUTING_KEY}, {**SEED, "severity": said})
    assert request["payload"]["payload"]["severity"] == meant
    assert request["payload"]["payload"]["custom_details"]["severity"] == said


@pytest.mark.parametrize("region, host", [("us", "events.pagerduty.com"), ("eu", "events.eu.pagerduty.com")])
def test_pagerduty_regions_are_hosts_of_the_contract(region, host):
    request = invoke("pagerduty", "deliver", {"routing_key": ROUTING_KEY, "region": region}, SEED)
    assert request["endpoint"] == f"https://{host}/v2/enqueue"
    assert host in json.dumps(json.loads(tocsin("plugin", "delivery", "pagerduty").stdout))


def test_pagerduty_cannot_resolve_what_it_cannot_name():
    arguments = as_options("arg", {**SEED, "status": "resolved"})
    done = tocsin("invoke", "delivery", "pagerduty", "deliver", "--config", f"routing_key={ROUTING_KEY}", *arguments)
    assert done.returncode == 1
    assert "dedup_key" in done.stderr


def test_telegram_replies_to_what_was_said_before(tmp_path):
    with stand_in("telegram") as service:
        notification = Courier(tmp_path, "telegram", settings_of("telegram", service.url)).deliver(EVENT)
        reference = notification["attempts"][-1]["reference"]
        assert reference == str(service.messages[0]["message_id"])
        assert service.messages[0]["chat_id"] == CHAT
        config = settings_of("telegram", service.url)
        later = {**SEED, "status": "resolved", "reference": reference}
        message = invoke("telegram", "deliver", config, later)["payload"]
        assert message["reply_parameters"] == {"message_id": int(reference), "allow_sending_without_reply": True}
        service.check(message)
        assert "reply_parameters" not in invoke("telegram", "deliver", config, SEED)["payload"]
        for odd in ("not a number", "-5", "99999999999999999999x"):
            message = invoke("telegram", "deliver", config, {**SEED, "reference": odd})["payload"]
            service.check(message)


def test_telegram_channels_and_topics(tmp_path):
    with stand_in("telegram") as service:
        settings = {**settings_of("telegram", service.url), "chat_id": "@incidents", "topic": 7}
        assert Courier(tmp_path, "telegram", settings).deliver(EVENT)["outcome"] == "delivered"
        assert service.messages[0]["chat_id"] == "@incidents"
        assert service.messages[0]["message_thread_id"] == 7


# ---- What services answer ----

REFUSAL = {"status": "invalid event", "message": "Event object is invalid", "errors": ["'source' is blank", "and more"]}


def telegram_says(status: int, code: int, description: str, **parameters: int) -> Answer:
    body = {"ok": False, "error_code": code, "description": description}
    return Answer.json(status, {**body, "parameters": parameters} if parameters else body)


PORTAL = "<html>sign in to the hotel's network</html>"
ANSWERS = [
    ("pagerduty", Answer.json(202, {"status": "success", "dedup_key": "k"}), "delivered", ""),
    ("pagerduty", Answer.json(200, {}), "expired", "200"),
    ("pagerduty", Answer.json(400, REFUSAL), "rejected", "'source' is blank; and more"),
    ("pagerduty", Answer(400, "<html>"), "rejected", "400"),
    ("pagerduty", Answer(429, ""), "expired", "429"),
    ("pagerduty", Answer(500, "oops"), "expired", "500"),
    ("pagerduty", Answer.json(503, {"message": "sorry"}), "expired", "sorry"),
    ("slack", Answer(200, "ok"), "delivered", ""),
    ("slack", Answer(200, PORTAL), "expired", "hotel"),
    ("slack", Answer(400, "invalid_payload"), "rejected", "invalid_payload"),
    ("slack", Answer(403, "action_prohibited"), "expired", "action_prohibited"),
    ("slack", Answer(404, "no_service"), "expired", "no_service"),
    ("slack", Answer(410, "channel_is_archived"), "expired", "channel_is_archived"),
    ("slack", Answer(429, "rate_limited", {"Retry-After": "30"}), "expired", "rate_limited"),
    ("slack", Answer(500, "rollup_error"), "expired", "rollup_error"),
    ("telegram", Answer.json(200, {"ok": True, "result": {"message_id": 5}}), "delivered", ""),
    ("telegram", telegram_says(200, 400, "Bad Request: no"), "rejected", "no"),
    ("telegram", telegram_says(400, 400, "chat not found"), "rejected", "chat"),
    ("telegram", telegram_says(403, 403, "bot was blocked"), "expired", "blocked"),
    ("telegram", telegram_says(400, 400, "upgraded", migrate_to_chat_id=-100987), "rejected", "-100987"),
    ("telegram", telegram_says(429, 429, "slow", retry_after=35), "expired", "slow"),
    ("telegram", telegram_says(401, 401, "Unauthorized"), "expired", "Unauth"),
    ("telegram", Answer(502, "<html>Bad Gateway</html>"), "expired", "502"),
    ("telegram", Answer(200, PORTAL), "expired", "200"),
    ("webhook", Answer(204), "delivered", ""),
    ("webhook", Answer(400, "no"), "rejected", "400"),
    ("webhook", Answer(500, "no"), "expired", "500"),
]


@pytest.mark.parametrize("plugin, answer, outcome, reason", ANSWERS)
def test_what_an_answer_means(tmp_path, plugin, answer, outcome, reason):
    """`expired`: it is to be tried again, and this command tries once."""
    with stand_in(plugin) as service:
        service.next.append(answer)
        notification = Courier(tmp_path, plugin, settings_of(plugin, service.url)).deliver(EVENT)
    assert notification["outcome"] == outcome, notification
    assert reason in notification["reason"]
    asked = {("slack", 429): 30_000, ("telegram", 429): 35_000}.get((plugin, answer.status), 0)
    assert notification["attempts"][-1]["retry_after_ms"] == asked
    assert notification["attempts"][-1]["outcome_error"] is None


# ---- The documents ----


@pytest.mark.parametrize("plugin", ADAPTERS)
def test_every_setting_is_documented(plugin):
    described = json.loads(tocsin("plugin", "delivery", plugin).stdout)
    contract = described.get("plugin", described)
    guide = (ROOT / "docs/guides/adapters.md").read_text()
    section = guide.split(f"### {plugin}\n")[1].split("\n### ")[0]
    readme = (ROOT / "adapters" / plugin / "README.md").read_text()
    assert contract["fields"]
    for field in contract["fields"]:
        for where, text in (("the guide", section), ("its README", readme)):
            row = next((line for line in text.splitlines() if line.startswith(f"| `{field['name']}` |")), None)
            assert row, f"{where} does not mention {field['name']}"
            cells = [cell.strip() for cell in row.strip("|").split("|")]
            assert cells[1].startswith(field["kind"]), f"{where}: {field['name']} is a {field['kind']}"
            assert ("required" in cells[2]) == field["required"], f"{where}: {field['name']}"
            for limit in ("minimum", "maximum"):
                bound = field[limit]
                of_the_kind = bound in (None, 0) or (field["kind"] in ("choice", "secret") and bound == 1)
                assert of_the_kind or str(bound) in cells[1], (where, field)
    written = {match for match in re.findall(r"^\| `(\w+)` \|", section, re.M)}
    assert written == {field["name"] for field in contract["fields"]}


def test_the_guide_shows_code_that_exists():
    guide = (ROOT / "docs/guides/adapters.md").read_text()
    code = {line.strip() for path in (ROOT / "adapters").glob("*/*.c") for line in path.read_text().splitlines()}
    shown = [line.strip() for block in re.findall(r"```c\n(.*?)```", guide, re.S) for line in block.splitlines()]
    assert len(shown) > 50
    assert [line for line in shown if line not in code | {"..."}] == []
