# SPDX-License-Identifier: Apache-2.0
"""PagerDuty's Events API v2, as "Send an Alert Event" and "Events API v2 Overview" describe it
(developer.pagerduty.com/docs/events-api-v2)."""

from __future__ import annotations

import datetime
import itertools

from .base import Answer, Refused, Request, Service, need, only, text

SIZE_LIMIT = 512 * 1000
EVENT = {"routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"}
PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}


class PagerDuty(Service):
    def __init__(self, routing_key: str):
        super().__init__()
        self.routing_key = routing_key
        self.alerts: dict[str, str] = {}  # dedup_key to "triggered" or "acknowledged"; resolved ones are gone
        self.opened: list[str] = []  # dedup_keys, once for each alert that was opened
        self._keys = itertools.count(1)

    def answer(self, request: Request) -> Answer:
        try:
            need(request.method == "POST" and request.path == "/v2/enqueue", "there is no such endpoint")
            need(len(request.body) <= SIZE_LIMIT, "the event is larger than 512 KB")
            event = request.json()
            self.check(event)
        except Refused as refused:
            return Answer.json(
                400, {"status": "invalid event", "message": "Event object is invalid", "errors": [str(refused)]}
            )
        key = event.get("dedup_key") or f"generated-{next(self._keys)}"
        self.apply(event["event_action"], key)
        return Answer.json(202, {"status": "success", "message": "Event processed", "dedup_key": key})

    def check(self, event: object) -> None:
        need(isinstance(event, dict), "the event is not an object")
        only(event, EVENT, "the event")
        need(
            len(text(event.get("routing_key"), "routing_key", 0, 1000)) == 32,
            "Length of 'routing_key' is incorrect (should be 32 characters)",
        )
        need(event["routing_key"] == self.routing_key, "Invalid routing key")
        action = event.get("event_action")
        need(action in ("trigger", "acknowledge", "resolve"), "'event_action' is none of the three")
        if "dedup_key" in event:
            text(event["dedup_key"], "dedup_key", 1, 255)
        need(action == "trigger" or "dedup_key" in event, "'dedup_key' is missing or blank")
        if action == "trigger":
            self.check_payload(event.get("payload"))
        for link in event.get("links", []):
            only(link, {"href", "text"}, "a link")
            text(link.get("href"), "href of a link", 1, 10**6)
            text(link.get("text", ""), "text of a link", 0, 10**6)
        for name in ("client", "client_url"):
            text(event.get(name, ""), name, 0, 1024)

    def check_payload(self, payload: object) -> None:
        need(isinstance(payload, dict), "'payload' is missing")
        only(payload, PAYLOAD, "the payload")
        need(text(payload.get("summary"), "summary", 1, 1024).strip(" \t\r\n"), "'payload.summary' is missing or blank")
        need(text(payload.get("source"), "source", 1, 10**6).strip(" \t\r\n"), "'payload.source' is missing or blank")
        need(
            payload.get("severity") in ("critical", "error", "warning", "info"),
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
        )
        for name in ("component", "group", "class"):
            text(payload.get(name, ""), name, 0, 10**6)
        need(isinstance(payload.get("custom_details", {}), dict), "'custom_details' is not an object")
        if "timestamp" in payload:
            try:
                datetime.datetime.fromisoformat(payload["timestamp"].replace("Z", "+00:00"))
            except ValueError as error:
                raise Refused(f"'timestamp' is not ISO 8601: {error}") from error

    def apply(self, action: str, key: str) -> None:
        if action == "trigger":
            if key not in self.alerts:
                self.opened.append(key)
                self.alerts[key] = "triggered"
        elif action == "resolve":
            self.alerts.pop(key, None)
        elif key in self.alerts:
            self.alerts[key] = "acknowledged"
