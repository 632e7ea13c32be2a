"""Template lint: nothing in a page that the Content-Security-Policy would refuse, nothing unescaped.

`python -m hoopai.launch.markup` prints one line per finding and exits with 1 if there is any.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from hoopai.launch.embedded import ROOT

COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", re.S)
MAIL = ("mail", "email")  # mail programs know no style sheets: style attributes are allowed there

RULES = {
    "script without a file (put it in static/js)": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/(?:ld\+)?json)[^>]*>", re.I
    ),
    "style element (put it in static/css)": re.compile(r"<style\b", re.I),
    "style attribute (use a class)": re.compile(r"(?<![\w-])style\s*=\s*[\"']", re.I),
    "event attribute (use a custom element or htmx)": re.compile(r"(?<![\w-])(?:hx-)?on[:a-z-]{3,}\s*=\s*[\"']", re.I),
    "javascript address": re.compile(r"[\"']\s*javascript:", re.I),
    "script in an htmx attribute": re.compile(
        r"hx-[a-z]+\s*=\s*[\"']\s*js(?:on)?:|hx-trigger\s*=\s*[\"'][^\"']*\[", re.I
    ),
    "file from another server": re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", re.I),
    "text that is not escaped": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off|\|\s*safeseq\b"),
}
STYLE_RULES = ("style element (put it in static/css)", "style attribute (use a class)")


def main() -> int:
    findings = [finding for path in templates() for finding in lint(path)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def templates() -> Iterator[Path]:
    """Our templates: the common folder and those inside apps."""
    for folder in (ROOT / "templates", *ROOT.glob("*/templates")):
        if "node_modules" not in folder.parts:
            yield from sorted(folder.rglob("*.html"))


def lint(path: Path) -> Iterator[str]:
    """Findings in one template, each as "file:line: what"."""
    text = COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), path.read_text())
    is_mail = any(part.startswith(MAIL) for part in path.parts)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    for rule, pattern in RULES.items():
        if is_mail and rule in STYLE_RULES:
            continue
        for found in pattern.finditer(text):
            yield f"{shown}:{text.count(chr(10), 0, found.start()) + 1}: {rule}"


if __name__ == "__main__":
    sys.exit(main())
