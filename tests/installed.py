"""Distributions for tests: what an installer leaves in a folder, of modules and entry points."""

from __future__ import annotations

from pathlib import Path


def install(folder: Path, name: str, modules: dict[str, str], points: dict[str, dict[str, str]]) -> None:
    """Leave a distribution in a folder: its modules by path, and its entry points by group and name."""
    for path, text in modules.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in of.items()) for group, of in points.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
