#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows what the demo's receiver saw and what was recorded; fails unless every HTTP attempt really arrived."""
import json
import sys


def identity(path, payload):
    return path, payload.get("dedup_key"), payload.get("status"), payload["title"]


def main(report_path, received_path):
    with open(report_path) as file:
        report = json.load(file)
    with open(received_path) as file:
        received = [json.loads(line) for line in file]

    print("\nWhat the local receiver saw:")
    arrived = []
    for entry in received:
        payload = entry["json"]
        arrived.append(identity(entry["path"], payload))
        print(f'  {entry["method"]} {entry["path"]:<11} {payload["severity"]:<8} {payload.get("status", ""):<8} '
              f'{payload["title"]}: {payload["summary"]:.60}')

    print("\nThe recorded attempts:")
    wrong = []
    delivered = sent = 0
    for notification in report["notifications"]:
        if not notification["attempts"]:
            print(f'  {notification["receiver"]:<12} {notification["status"]:<9} {notification["outcome"]:<10} '
                  f'{notification["reason"]}')
        for attempt in notification["attempts"]:
            print(f'  {attempt["receiver"]:<12} {attempt["status"]:<9} {attempt["outcome"]:<10} '
                  f'{attempt["reason"]:<24} {attempt["duration_ms"]:5.1f} ms')
            if attempt["outcome"] != "delivered":
                wrong.append(f'{attempt["receiver"]}: {attempt["reason"]}')
                continue
            delivered += 1
            if attempt["transport"] == "http":
                sent += 1
                path = "/" + attempt["request"]["endpoint"].split("/", 3)[3]
                if identity(path, attempt["request"]["payload"]) not in arrived:
                    wrong.append(f'{attempt["receiver"]}: {notification["title"]} did not reach {path}')
    if sent != len(received) or not sent:
        wrong.append(f"{sent} requests were sent, {len(received)} received")
    for text in wrong:
        print("demo:", text, file=sys.stderr)
    if not wrong:
        print(f"\n{delivered} notifications delivered, {sent} of them over HTTP, all received.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
