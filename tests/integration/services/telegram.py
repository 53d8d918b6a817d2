# SPDX-License-Identifier: Apache-2.0
"""Telegram's Bot API, as far as sendMessage goes: "Making requests", "sendMessage", "HTML style"
(core.telegram.org/bots/api)."""

from __future__ import annotations

import re

from .base import Answer, Refused, Request, Service, need, only

MESSAGE = {"chat_id", "message_thread_id", "text", "parse_mode", "link_preview_options", "reply_parameters"}
TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "blockquote", "a"}
TOKEN = re.compile(r'<(/?)([a-z]+)(?: href="([^"<>]*)")?>|&(amp|lt|gt|quot|#\d+|#x[0-9a-fA-F]+);|([<>&])|([^<>&]+)')
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"'}


def parse_html(source: str) -> str:
    """The text after entities; refuses what Telegram refuses."""
    opened: list[str] = []
    plain: list[str] = []
    for match in TOKEN.finditer(source):
        closing, tag, href, entity, stray, run = match.groups()
        need(not stray, f'Bad Request: can\'t parse entities: stray "{stray}" at {match.start()}')
        if run is not None:
            plain.append(run)
        elif entity:
            number = entity[1:]
            plain.append(
                NAMED.get(entity) or chr(int(number[1:], 16) if number[0] == "x" else int(number))
            )
        else:
            need(tag in TAGS, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}"')
            need(href is None or (tag == "a" and not closing), "Bad Request: can't parse entities: attribute")
            if not closing:
                opened.append(tag)
            else:
                need(opened and opened.pop() == tag, "Bad Request: can't parse entities: tags cross")
    need(not opened, "Bad Request: can't parse entities: a tag is not closed")
    return "".join(plain)


class Telegram(Service):
    def __init__(self, token: str, chats: set[int | str]):
        super().__init__()
        self.token = token
        self.chats = chats
        self.messages: list[dict] = []  # what was sent, with message_id and the plain text

    def answer(self, request: Request) -> Answer:
        try:
            need(request.method == "POST", "Bad Request: method")
            if request.path != f"/bot{self.token}/sendMessage":
                raise Refused("Unauthorized", 401)
            message = self.check(request.json())
        except Refused as refused:
            return Answer.json(
                refused.status, {"ok": False, "error_code": refused.status, "description": str(refused)}
            )
        self.messages.append(message)
        result = {"message_id": message["message_id"], "date": 0, "chat": {"id": 1, "type": "group"}}
        return Answer.json(200, {"ok": True, "result": {**result, "text": message["plain"]}})

    def check(self, message: object) -> dict:
        need(isinstance(message, dict), "Bad Request: the body is not an object")
        only(message, MESSAGE, "Bad Request: the message")
        need(type(message.get("chat_id")) in (int, str), "Bad Request: chat_id is empty")
        need(message["chat_id"] in self.chats, "Bad Request: chat not found")
        need(isinstance(message.get("text"), str), "Bad Request: message text is empty")
        plain = parse_html(message["text"]) if message.get("parse_mode") == "HTML" else message["text"]
        need(plain.strip(), "Bad Request: message text is empty")
        need(len(plain) <= 4096, "Bad Request: message is too long")
        thread = message.get("message_thread_id", 1)
        need(type(thread) is int and thread > 0, "Bad Request: message thread not found")
        only(message.get("link_preview_options", {}), {"is_disabled"}, "Bad Request: link_preview_options")
        reply = message.get("reply_parameters")
        if reply is not None:
            only(reply, {"message_id", "allow_sending_without_reply"}, "Bad Request: reply_parameters")
            need(type(reply.get("message_id")) is int, "Bad Request: reply_parameters has no message_id")
            known = {sent["message_id"] for sent in self.messages}
            need(
                reply["message_id"] in known or reply.get("allow_sending_without_reply") is True,
                "Bad Request: message to be replied not found",
            )
        return {**message, "plain": plain, "message_id": 1000 + len(self.messages)}
