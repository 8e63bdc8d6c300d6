"""Settings files as data from anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossent.train.config.yaml import read_yaml

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, r"^line 2 refers to another value with \*; write the value itself$"),
        ("epochs: !!python/object/apply:os.system [ls]", "^it is not YAML: could not determine a constructor"),
        ("a: [", "^it is not YAML: "),
        ("[" * 10_000, "^it is not YAML: "),
        ("- 1", "^it must hold settings, a line each; write for example lr: 0.001$"),
        ("x" * (2**20 + 1), "^it has more than 1,048,576 bytes; settings are a few lines$"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "settings.yaml").write_text(text)
    with pytest.raises(ValueError, match=reason):
        read_yaml(tmp_path / "settings.yaml")


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("lr: 0.1\nmodel: {name: mlp}\n")
    assert read_yaml(tmp_path / "settings.yaml") == {"lr": 0.1, "model": {"name": "mlp"}}
    (tmp_path / "settings.yaml").write_text("")
    assert read_yaml(tmp_path / "settings.yaml") == {}
