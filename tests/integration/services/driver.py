# SPDX-License-Identifier: Apache-2.0
"""Drives the real binaries: one receiver of one adapter, towards its stand-in."""

from __future__ import annotations

import json
import pathlib
import subprocess

from conftest import BUILD, TIMEOUT, clean_environment

from .base import Answer, Request, Service
from .pagerduty import PagerDuty
from .slack import Slack
from .telegram import Telegram
from .webhook import Webhook

ADAPTERS = ["console", "pager", "pagerduty", "slack", "telegram", "webhook"]

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
SLACK_PATH = "services/T0000/B0000/abcDEF123"
TOKEN = "4242:AAbbCCdd-_123"
CHAT = -1001234567890


def tocsin(*arguments: object) -> subprocess.CompletedProcess:
    command = [BUILD / "tocsin", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=TIMEOUT, env=clean_environment()
    )
    assert done.returncode >= 0, f"killed by signal {-done.returncode}: {done.stderr}"
    return done


def as_options(name: str, values: dict) -> list[str]:
    """Settings (`config`) or arguments (`arg`) for the command line."""
    options = []
    for key, value in values.items():
        options += [f"--{name}-json", f"{key}={json.dumps(value, ensure_ascii=False)}"]
    return options


def call(plugin: str, action: str, config: dict, arguments: dict, command: str = "invoke") -> dict:
    options = as_options("config", config) + as_options("arg", arguments)
    done = tocsin(command, "delivery", plugin, action, *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def invoke(plugin: str, action: str, config: dict, arguments: dict) -> object:
    return call(plugin, action, config, arguments)["result"]


def only_known(plugin: str, notification: dict) -> dict:
    """The attributes that the adapter reads, as the host picks them."""
    parameters = json.loads(tocsin("action", "delivery", plugin, "deliver").stdout)["action"]["parameters"]
    names = [parameter["name"] for parameter in parameters]
    return {name: notification[name] for name in names if name in notification}


class Courier:
    """Delivers events to one receiver with `tocsin deliver`, and shows them with `tocsin preview`."""

    def __init__(self, directory: pathlib.Path, plugin: str, settings: dict):
        self.directory = directory
        self.configuration = directory / "tocsin.yaml"
        # JSON is YAML too.
        self.configuration.write_text(
            json.dumps({"receivers": {"it": {"plugin": plugin, **settings}}, "routes": [{"receivers": ["it"]}]})
        )

    def _run(self, command: str, event: dict, *options: object) -> subprocess.CompletedProcess:
        payload = self.directory / "event.json"
        payload.write_text(json.dumps(event))
        return tocsin(command, "--config", self.configuration, payload, *options)

    def deliver(self, event: dict) -> dict:
        done = self._run("deliver", event, "--attempts", 1, "--report", self.directory / "report.json")
        report = json.loads((self.directory / "report.json").read_text())
        assert len(report["notifications"]) == 1, done.stderr
        for secret in (ROUTING_KEY, SLACK_PATH, TOKEN):
            assert secret not in done.stdout + done.stderr + json.dumps(report)
        return {**report["notifications"][0], "stdout": done.stdout, "stderr": done.stderr}

    def preview(self, event: dict) -> dict:
        done = self._run("preview", event)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["previews"][0]


def settings_of(plugin: str, url: str) -> dict:
    """Settings that send a receiver's requests to a stand-in at `url`."""
    return {
        "console": {},
        "pager": {"service": "checkout", "routing_key": "primary", "endpoint": url},
        "pagerduty": {"routing_key": ROUTING_KEY, "endpoint": url + "/v2/enqueue"},
        "slack": {"path": SLACK_PATH, "base": url},
        "telegram": {"token": TOKEN, "chat_id": str(CHAT), "base": url},
        "webhook": {"endpoint": url + "/hook"},
    }[plugin]


def stand_in(plugin: str) -> Service:
    return {
        "pager": lambda: Webhook(),
        "pagerduty": lambda: PagerDuty(ROUTING_KEY),
        "slack": lambda: Slack(SLACK_PATH),
        "telegram": lambda: Telegram(TOKEN, {CHAT, "@incidents"}),
        "webhook": lambda: Webhook(),
    }[plugin]()


HTTP_ADAPTERS = [name for name in ADAPTERS if name != "console"]

SEED = {"title": "Disk almost full", "severity": "CRITICAL", "summary": "db1 has 2 % left"}
EVENT = {
    **SEED,
    "status": "firing",
    "dedup_key": "disk:db1",
    "labels": {"alertname": "DiskFull", "instance": "db1:9100", "job": "node", "cluster": "eu-1"},
    "annotations": {"description": "db1 has 2 % left"},
    "links": {"run book": "https://wiki.example.com/disk?a=1&b=2"},
    "started_at": "2025-11-20T08:00:00Z",
}


def reveal(request: dict) -> dict:
    """What the transport would send: the mask is where the secret goes."""
    shown = json.dumps(request)
    for mask, secret in [('/***"', f'/{SLACK_PATH}"'), ("/bot***/", f"/bot{TOKEN}/"), ('"***"', f'"{ROUTING_KEY}"')]:
        shown = shown.replace(mask, secret)
    return json.loads(shown)


def post(service: Service, request: dict) -> Answer:
    path = request["endpoint"].removeprefix(service.url)
    body = json.dumps(request["payload"], ensure_ascii=False).encode()
    return service.take(Request("POST", path, {"content-type": "application/json"}, body))
