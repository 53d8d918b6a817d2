# SPDX-License-Identifier: Apache-2.0
"""The stand-ins are tested too: each must refuse what its service refuses, or it proves nothing."""

from __future__ import annotations

import copy

import pytest

from services.base import Refused, Request
from services.driver import EVENT, invoke, only_known, post, reveal, settings_of, stand_in
from services.webhook import Webhook


def good(plugin: str) -> tuple[object, dict]:
    service = stand_in(plugin)
    arguments = only_known(plugin, {**EVENT, "id": "n-1"})
    request = reveal(invoke(plugin, "deliver", settings_of(plugin, service.url), arguments))
    return service, request


def put(value: object):
    """A change that sets the member at a path such as "payload.severity" or "blocks.0.text"."""

    def change(message: dict, path: str) -> None:
        *way, last = path.split(".")
        for step in way:
            message = message[int(step)] if step.isdigit() else message[step]
        if value is None:
            del message[last]
        else:
            message[last] = value

    return change


VIOLATIONS = [
    ("pagerduty", "routing_key", put("short")),
    ("pagerduty", "routing_key", put("f" * 32)),
    ("pagerduty", "event_action", put("fire")),
    ("pagerduty", "dedup_key", put("k" * 256)),
    ("pagerduty", "payload", put(None)),
    ("pagerduty", "payload.summary", put("")),
    ("pagerduty", "payload.summary", put("s" * 1025)),
    ("pagerduty", "payload.source", put(None)),
    ("pagerduty", "payload.severity", put("page")),
    ("pagerduty", "payload.timestamp", put("yesterday")),
    ("pagerduty", "payload.custom_details", put("text")),
    ("pagerduty", "payload.custom_details", put({"a": "b" * 600_000})),
    ("pagerduty", "links", put([{"text": "no href"}])),
    ("slack", "blocks", put([])),
    ("slack", "blocks.0.text.text", put("h" * 151)),
    ("slack", "blocks.0.text.text", put("")),
    ("slack", "blocks.0.text.type", put("mrkdwn")),
    ("slack", "blocks.1.text.text", put("a < b")),
    ("slack", "blocks.1.text.text", put("a & b")),
    ("slack", "blocks.1.text.text", put("&lt")),
    ("slack", "blocks.1.text.text", put("<!channel>")),
    ("slack", "blocks.1.text.text", put("s" * 3001)),
    ("slack", "blocks.1.text.verbatim", put(False)),
    ("slack", "blocks.2.fields", put([{"type": "plain_text", "text": "f"}] * 11)),
    ("slack", "blocks.2.type", put("sectoin")),
    ("slack", "text", put("")),
    ("telegram", "text", put("")),
    ("telegram", "text", put("<b> </b>")),
    ("telegram", "text", put("t" * 4097)),
    ("telegram", "text", put("a < b")),
    ("telegram", "text", put("a & b")),
    ("telegram", "text", put("&nbsp;")),
    ("telegram", "text", put("<b>open")),
    ("telegram", "text", put("<b><i>cross</b></i>")),
    ("telegram", "text", put("<h1>head</h1>")),
    ("telegram", "chat_id", put(12345)),
    ("telegram", "chat_id", put(None)),
    ("telegram", "reply_parameters", put({"message_id": 77})),
    ("telegram", "unknown", put(1)),
]


@pytest.mark.parametrize("plugin", ["pagerduty", "slack", "telegram"])
def test_the_stand_ins_take_what_is_right(plugin):
    service, request = good(plugin)
    assert post(service, request).status in (200, 202)


@pytest.mark.parametrize("plugin, path, change", VIOLATIONS)
def test_the_stand_ins_refuse_what_is_wrong(plugin, path, change):
    service, request = good(plugin)
    wrong = copy.deepcopy(request)
    change(wrong["payload"], path)
    assert post(service, wrong).status == 400


def test_the_signature_check_can_fail():
    service = Webhook("secret")
    request = Request("POST", "/", {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}, b"{}")
    with pytest.raises(Refused):
        service.check_signature(request)
