"""Which way the arrows run: rooms, physics and edge, and no circles.

Imports inside functions count; those for type checkers alone do not.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("kinetics", "phantoms", "dosimetry")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if "data" not in path.parts
}
#: What reads files of users, writes results or talks to people.
EDGE = {
    "cli", "commands", "settings", "study", "pipeline", "tables", "inputs", "curves", "masses", "sources",
    "rows", "cohort", "dose_files", "comparison", "results", "archive", "report", "summary", "output",
    "plots", "plots_style", "plots_curves", "plots_doses",
}  # fmt: skip


def imported(module: str) -> set[str]:
    """Modules of this project that a module imports, anywhere in it."""
    found: set[str] = set()
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            submodules = inside & set(MODULES)
            found |= submodules or {str(node.module)}
    return {name for name in found if name in MODULES}


@pytest.mark.parametrize("room", ["kinetics", "phantoms"])
def test_kinetics_and_phantoms_know_only_themselves(room: str) -> None:
    for module in MODULES:
        if module.split(".")[0] == room:
            strangers = {m for m in imported(module) if m.split(".")[0] != room}
            assert not strangers, f"{module} imports {strangers}"


def test_physics_does_not_import_the_edge() -> None:
    for module in MODULES:
        parts = module.split(".")
        if parts[0] == "dosimetry" and len(parts) > 1 and parts[1] not in EDGE:
            edge = {
                m for m in imported(module) if m.split(".")[0] == "dosimetry" and m.split(".")[-1] in EDGE
            }
            assert not edge, f"{module} imports {edge}"


def test_no_circles() -> None:
    # a package's lazy table of contents points at its own modules; that is no dependency
    arrows = {m: imported(m) - {m} for m in MODULES if MODULES[m].name != "__init__.py"}
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for target in sorted(arrows.get(module, ())):
                walk(target, (*path, module))
            done.add(module)

    for module in arrows:
        walk(module, ())
