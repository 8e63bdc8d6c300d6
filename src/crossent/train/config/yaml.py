"""Settings in YAML, read as data from anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Settings are a few kilobytes.
_MOST = 1 << 20


def read_yaml(path: Path) -> dict[str, Any]:
    """The names and values of a YAML file.

    References are refused: a few lines of them can stand for more values than any memory holds.

    Raises:
        OSError: it cannot be read; ValueError: it is too large, not YAML, or holds something else.
    """
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark
                raise ValueError(f"line {mark.line + 1} refers to another value with *; write the value itself")
            return super().compose_node(parent, index)

    with open(path, "rb") as file:
        raw = file.read(_MOST + 1)
    if len(raw) > _MOST:
        raise ValueError(f"it has more than {_MOST:,} bytes; settings are a few lines")
    try:
        content = yaml.load(raw.decode("utf-8"), Loader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"it is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content or {}, dict):
        raise ValueError("it must hold settings, a line each; write for example lr: 0.001")
    return content or {}
