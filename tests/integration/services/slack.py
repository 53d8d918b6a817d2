# SPDX-License-Identifier: Apache-2.0
"""Slack's incoming webhooks, as "Sending messages using incoming webhooks", "Formatting message text" and
the Block Kit reference describe them (docs.slack.dev)."""

from __future__ import annotations

import re

from .base import Answer, Refused, Request, Service, need, only, text

ENTITY = re.compile(r"&(amp|lt|gt);")
LINK = re.compile(r"<https?://[^<>|\s]+(\|[^<>|\n]+)?>")


def check_mrkdwn(value: str, where: str) -> None:
    """Every & < > is an entity or part of a link. Mentions are refused: no incident has business calling people."""
    rest = LINK.sub("", value)
    need(not re.search(r"[<>]", rest), f"{where} has a raw < or >: {rest[:80]!r}")
    need("&" not in ENTITY.sub("", rest), f"{where} has a raw &")


def check_text(value: object, where: str, most: int, kinds: tuple[str, ...]) -> None:
    need(isinstance(value, dict), f"{where} is not a text object")
    need(value.get("type") in kinds, f"{where} has the wrong type")
    text(value.get("text"), where, 1, most)
    need(value["text"].strip(" \t\r\n"), f"{where} is blank")
    if value["type"] == "mrkdwn":
        only(value, {"type", "text", "verbatim"}, where)
        check_mrkdwn(value["text"], where)
        need(value.get("verbatim") is True, f"{where} lets names in it call people")
    else:
        only(value, {"type", "text", "emoji"}, where)


class Slack(Service):
    def __init__(self, path: str = "services/T0000/B0000/abcDEF123"):
        super().__init__()
        self.path = path
        self.messages: list[dict] = []
        self.archived = False

    def answer(self, request: Request) -> Answer:
        if request.path != "/" + self.path:
            return Answer(404, "no_service")
        if self.archived:
            return Answer(410, "channel_is_archived")
        try:
            message = request.json()
        except Refused:
            return Answer(400, "invalid_payload")
        try:
            self.check(message)
        except Refused as refused:
            return Answer(400, f"invalid_blocks: {refused}")
        self.messages.append(message)
        return Answer(200, "ok")

    def check(self, message: object) -> None:
        need(isinstance(message, dict), "the message is not an object")
        only(message, {"text", "blocks"}, "the message")
        check_mrkdwn(text(message.get("text"), "text", 1, 40000), "text")
        blocks = message.get("blocks", [])
        need(1 <= len(blocks) <= 50, "there are no blocks or more than 50")
        for index, block in enumerate(blocks):
            where = f"block {index}"
            need(isinstance(block, dict), f"{where} is not an object")
            check = getattr(self, "check_" + str(block.get("type")), None)
            need(check, f"{where} has an unknown type")
            check(block, where)

    def check_header(self, block: dict, where: str) -> None:
        only(block, {"type", "text"}, where)
        check_text(block.get("text"), where, 150, ("plain_text",))
        need("\n" not in block["text"]["text"], f"{where} has more than one line")

    def check_section(self, block: dict, where: str) -> None:
        only(block, {"type", "text", "fields"}, where)
        need("text" in block or "fields" in block, f"{where} has neither text nor fields")
        if "text" in block:
            check_text(block["text"], where, 3000, ("plain_text", "mrkdwn"))
        if "fields" in block:
            need(1 <= len(block["fields"]) <= 10, f"{where} has no fields or more than 10")
            for field in block["fields"]:
                check_text(field, where + " field", 2000, ("plain_text", "mrkdwn"))

    def check_context(self, block: dict, where: str) -> None:
        only(block, {"type", "elements"}, where)
        need(1 <= len(block.get("elements", [])) <= 10, f"{where} has no elements or more than 10")
        for element in block["elements"]:
            check_text(element, where + " element", 3000, ("plain_text", "mrkdwn"))
