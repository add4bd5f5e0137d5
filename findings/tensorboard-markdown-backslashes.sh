#!/bin/bash
# Markdown that is escaped for GitHub has stray backslashes in TensorBoard's TEXT tab, and its line breaks are other ones.
#
# One would guess: Markdown is CommonMark, where a backslash may stand before any sign of ASCII.
# What happens: the tab renders with Python-Markdown, which takes a backslash only before  \ ` * _ { } [ ] ( ) > # + - . ! |
#   Before ~ $ & : < @ = it stays to be seen. A backslash at the end of a line is no line break. Character entities, and two blanks
#   before a line break, mean the same in both.
# Versions: TensorBoard 2.21.0 with Markdown 3.11.3, beside markdown-it-py 4.0.0 for CommonMark (Python 3.11).
# What follows for diffusion experiments: notes and settings that a logger escapes once for all places ("p \< 0.05", "\$x_0\$",
#   "https\://") read wrong in one of them. Escape with entities: &#60; &#36; &#95;
# Output seen:
#   CommonMark:  'p < 0.05 ~ $x_0$\nnext'
#   TensorBoard: 'p \\< 0.05 \\~ \\$x_0\\$\\\nnext'
#   with entities, both: 'p < 0.05 ~ $x_0$\nnext'
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tensorboard==2.21.0 Markdown==3.11.3 markdown-it-py==4.0.0 setuptools==80.9.0
venv/bin/python -W ignore - 2>/dev/null <<'PY'
import html, re

import numpy
from markdown_it import MarkdownIt
from tensorboard.plugins.text.text_plugin import text_array_to_html


def shown(page):
    return html.unescape(re.sub("<[^>]*>", "", re.sub(r"<br ?/?>\n?", "\n", page))).strip()


def tensorboard(text):
    return shown(text_array_to_html(numpy.array(text.encode()), True))


def commonmark(text):
    return shown(MarkdownIt("commonmark").render(text))


escaped = "p \\< 0.05 \\~ \\$x\\_0\\$\\\nnext"
print(f"CommonMark:  {commonmark(escaped)!r}\nTensorBoard: {tensorboard(escaped)!r}")
assert commonmark(escaped) == "p < 0.05 ~ $x_0$\nnext"
assert tensorboard(escaped) == "p \\< 0.05 \\~ \\$x_0\\$\\\nnext"
entities = "p &#60; 0.05 &#126; $x&#95;0$  \nnext"
print(f"with entities, both: {tensorboard(entities)!r}")
assert tensorboard(entities) == commonmark(entities) == "p < 0.05 ~ $x_0$\nnext"
PY
