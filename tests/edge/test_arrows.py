"""Which package may import which, and that no imports run in a circle.

Imports inside functions count; those for type checkers alone do not.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("kinetics", "phantoms", "dosimetry")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if not path.name.startswith("make_")  # scripts that made a table stand beside it; nothing imports them
}
#: Folders of dosimetry that read files of users, write results or talk to people.
EDGE = {"files", "study", "report", "commands"}


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


@pytest.mark.parametrize("package", ["kinetics", "phantoms"])
def test_kinetics_and_phantoms_know_only_themselves(package: str) -> None:
    for module in MODULES:
        if module.split(".")[0] == package:
            strangers = {m for m in imported(module) if m.split(".")[0] != package}
            assert not strangers, f"{module} imports {strangers}"


def test_physics_does_not_import_files_commands_or_figures() -> None:
    for module in MODULES:
        parts = module.split(".")
        if parts[0] == "dosimetry" and len(parts) > 2 and parts[1] not in EDGE:
            found = {
                m for m in imported(module) if m.split(".")[0] == "dosimetry" and m.split(".")[1] in EDGE
            }
            assert not found, f"{module} imports {found}"


def folder(module: str) -> str:
    """The folder of a package that a module belongs to; the module itself where it stands in none."""
    return ".".join(module.split(".")[:2])


def test_no_circles_between_folders() -> None:
    arrows: dict[str, set[str]] = {}
    for module in MODULES:
        if MODULES[module].parent.parent != ROOT or MODULES[module].name != "__init__.py":
            found = {folder(m) for m in imported(module) if m.count(".")} - {folder(module)}
            arrows.setdefault(folder(module), set()).update(found)
    assert len(arrows) > 20
    without_circles(arrows)


def without_circles(arrows: dict[str, set[str]]) -> None:
    """Fails on a way through the arrows that comes back to where it began, and names it."""
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path[path.index(module) :], module))
        if module not in done:
            for target in sorted(arrows.get(module, ())):
                walk(target, (*path, module))
            done.add(module)

    for module in arrows:
        walk(module, ())


def test_no_circles_between_modules() -> None:
    # a package's lazy table of contents points at its own modules; that is no dependency
    arrows = {m: imported(m) - {m} for m in MODULES if MODULES[m].name != "__init__.py"}
    without_circles(arrows)
