"""Pages in headless Chromium, where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)

# What a reader would notice: how wide the page is, whether pictures are shown, what lies outside.
_LOOK = """
const frame = document.getElementById("frame");
frame.onload = () => {
  const page = frame.contentDocument, all = [...page.body.querySelectorAll("*")];
  const scrolled = element => element.closest(".wide, pre") !== null;
  document.title = JSON.stringify({
    width: page.documentElement.scrollWidth,
    pictures: [...page.images].map(image => image.naturalWidth),
    drawings: [...page.querySelectorAll("svg")].map(svg => svg.getBoundingClientRect().height),
    outside: all.filter(e => !scrolled(e) && e.getBoundingClientRect().right > WIDTH + 1).map(e => e.tagName),
    ink: getComputedStyle(page.body).color, paper: getComputedStyle(page.body).backgroundColor,
    text: page.body.innerText,
  });
};
"""


def look_at(page: Path, width: int, folder: Path, dark: bool = False) -> dict[str, Any]:
    """The page as it is laid out at a width."""
    assert CHROMIUM is not None, "asked only where there is one"
    script = _LOOK.replace("WIDTH", str(width))
    frame = f'<iframe id="frame" style="border:0;width:{width}px;height:900px"></iframe>'
    outer = folder / f"look-{width}-{dark}.html"
    outer.write_text(f'<body>{frame}<script>{script}frame.src = "{page.as_uri()}";</script>', encoding="utf-8")
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--allow-file-access-from-files",
        "--virtual-time-budget=5000",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        outer.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    found = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    look: dict[str, Any] = json.loads(unescape(found[1]))
    return look
