# SPDX-License-Identifier: Apache-2.0
"""Text that somebody could put into an alert, and notifications made of it."""

from __future__ import annotations

import unicodedata


def one_letter_of_every_script() -> str:
    """Scripts go by the first words of the names of their characters."""
    found: dict[str, str] = {}
    for code in range(0x20, 0x110000):
        letter = chr(code)
        if unicodedata.category(letter)[0] in "LNSPM":
            found.setdefault(" ".join(unicodedata.name(letter, "?").split()[:2]), letter)
    return "".join(found.values())


SCRIPTS = one_letter_of_every_script()
HOSTILE = {
    "letters": "a",
    "empty": "",
    "ampersands": "&" * 3000,
    "angle brackets": "<" * 5000 + ">" * 5000,
    "tags": "<b><script>alert(1)</script></a></b>" * 100,
    "slack control sequences": "<!channel> <@U012AB3CD> <!here|here> <https://evil.example.com|bank> @here #general",
    "entities": "&lt;b&gt; &amp;amp; &#60; &quot;" * 200,
    "quotes and braces": "\"'`{}[]()\\/%s%n${x}{{y}}" * 100,
    "markdown": "*_~`>#+-=|.!\n```\n* list\n> quote\n" * 100,
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f\x80\x9b\u2028\u2029\ufeff",
    "right to left": "\u202e\u2066\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627\u2069",
    "outside the basic plane": "\U0001f525" * 20000,
    "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 500,
    "combining": "e" + "\u0301" * 2000,
    "scripts": SCRIPTS,
    "100 kB": "0123456789" * 10000,
    "white space": " \t\n \u3000 ",
}


def hostile_arguments(text: str) -> dict:
    piece = text[:200]
    many = {f"label {i}": piece for i in range(99)}
    if text.strip():
        many[piece[:100]] = text[:1000]
    links = {f"{piece[:50]} {i}": f"https://example.com/?q={i}" for i in range(12)}
    links |= {
        "a piece": piece,
        "a long one": "https://example.com/" + "a" * 5000,
        "a script": "javascript:alert(1)",
        "an odd one": 'https://example.com/?q="x"|<y>&z',
    }
    return {
        "title": text[:25000],
        "severity": piece,
        "summary": text,
        "labels": many,
        "annotations": many,
        "links": links,
        "dedup_key": text[:300],
        "id": "n-1",
        "incidents": [{"title": piece, "summary": text[:1000], "labels": {"a": piece}}],
        "started_at": "2025-11-20T08:00:00Z",
    }
