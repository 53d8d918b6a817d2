# SPDX-License-Identifier: Apache-2.0
"""A receiver of webhooks that checks signatures as Standard Webhooks 1.0.0 says (standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

from .base import Answer, Refused, Request, Service, need


class Webhook(Service):
    def __init__(self, secret: str | None = None, token: str | None = None):
        super().__init__()
        self.secret = secret
        self.token = token
        self.received: list[dict] = []

    def answer(self, request: Request) -> Answer:
        try:
            need(request.method == "POST", "only POST")
            if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
                raise Refused("no or wrong token", 401)
            if self.secret:
                self.check_signature(request)
            self.received.append(request.json())
        except Refused as refused:
            return Answer(refused.status, str(refused))
        return Answer(204)

    def check_signature(self, request: Request) -> None:
        identity, moment = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
        need(identity, "webhook-id is missing")
        need(moment.isdigit() and abs(time.time() - int(moment)) < 300, "webhook-timestamp is missing or old")
        key = self.secret.encode()
        if self.secret.startswith("whsec_"):
            key = base64.b64decode(self.secret[len("whsec_") :])
        signed = f"{identity}.{moment}.".encode() + request.body
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        given = request.headers.get("webhook-signature", "").split()
        need(any(hmac.compare_digest(wanted, one) for one in given), "webhook-signature is wrong")
