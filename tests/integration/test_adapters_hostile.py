# SPDX-License-Identifier: Apache-2.0
"""What adapters make of hostile notifications, and that no service refuses it."""

from __future__ import annotations

import json
import re

import pytest

from services.driver import (
    EVENT,
    HTTP_ADAPTERS,
    SEED,
    SLACK_PATH,
    TOKEN,
    Courier,
    invoke,
    only_known,
    post,
    reveal,
    settings_of,
    stand_in,
)
from services.hostile import HOSTILE, hostile_arguments
from services.telegram import parse_html


@pytest.mark.parametrize("status", ["firing", "resolved", ""])
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("plugin", HTTP_ADAPTERS)
def test_hostile_attributes_become_what_the_service_takes(plugin, name, status):
    arguments = hostile_arguments(HOSTILE[name])
    arguments = only_known(plugin, {**arguments, "status": status})
    with stand_in(plugin) as service:
        request = reveal(invoke(plugin, "deliver", settings_of(plugin, service.url), arguments))
        answer = post(service, request)
        assert answer.status in (200, 202, 204), answer.body


@pytest.mark.parametrize("name", [name for name, text in HOSTILE.items() if text.strip()])
@pytest.mark.parametrize("plugin", HTTP_ADAPTERS)
def test_hostile_events_are_delivered(tmp_path, plugin, name):
    text = HOSTILE[name]
    event = {**EVENT, "title": text[:500], "summary": text, "labels": {f"label{i}": text[:100] for i in range(100)}}
    with stand_in(plugin) as service:
        notification = Courier(tmp_path, plugin, settings_of(plugin, service.url)).deliver(event)
    assert notification["outcome"] == "delivered", notification


@pytest.mark.parametrize("plugin", HTTP_ADAPTERS)
def test_the_largest_event_that_intake_takes_is_delivered(tmp_path, plugin):
    """384 KiB as JSON; PagerDuty takes 512 KB, and the webhook's payload says everything twice."""
    many = {f"name{i}": '"' * 4000 for i in range(12)}
    links = {f"link{i}": "https://example.com/" + '"' * 4000 for i in range(20)}
    event = {**EVENT, "summary": '"' * 16384, "labels": many, "annotations": many, "links": links}
    assert 380_000 < len(json.dumps(event)) < 384 * 1024
    with stand_in(plugin) as service:
        notification = Courier(tmp_path, plugin, settings_of(plugin, service.url)).deliver(event)
    assert notification["outcome"] == "delivered", notification["reason"]


def test_console_lines_cannot_drive_a_terminal(tmp_path):
    notification = Courier(tmp_path, "console", {}).deliver({**EVENT, "title": "\x1b[2J\x07title\r", "summary": "a\nb"})
    assert notification["outcome"] == "delivered"
    assert notification["stdout"].count("\n") == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", notification["stdout"])


def test_nobody_is_called_by_an_alert_in_slack():
    text = "<!channel> @here <@U012AB3CD>"
    arguments = {**SEED, "title": text, "summary": text, "labels": {"a": text}}
    request = invoke("slack", "deliver", {"path": SLACK_PATH}, arguments)
    for block in request["payload"]["blocks"]:
        for part in [block.get("text"), *block.get("fields", []), *block.get("elements", [])]:
            assert not part or part["type"] == "plain_text" or (part["verbatim"] and "<!" not in part["text"])
    assert "<" not in request["payload"]["text"]


def test_text_is_cut_between_entities_and_not_before_it_must_be():
    request = invoke("slack", "deliver", {"path": SLACK_PATH}, {**SEED, "summary": "&" * 599 + "x"})
    assert request["payload"]["blocks"][1]["text"]["text"] == "&amp;" * 599 + "x"
    request = invoke("slack", "deliver", {"path": SLACK_PATH}, {**SEED, "summary": "x" + "&" * 600})
    shown = request["payload"]["blocks"][1]["text"]["text"]
    assert shown == "x" + "&amp;" * 598 + "…"
    request = invoke("slack", "deliver", {"path": SLACK_PATH}, {**SEED, "summary": "é" * 3000})
    assert request["payload"]["blocks"][1]["text"]["text"] == "é" * 3000


def test_telegram_text_reads_as_it_was_written():
    text = 'if (a < b && c > "d") <b>bold</b> &amp;'
    config = {"token": TOKEN, "chat_id": "1"}
    message = invoke("telegram", "deliver", config, {**SEED, "title": text, "summary": text})["payload"]["text"]
    assert parse_html(message).count(text) == 2
