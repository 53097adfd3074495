"""Which package imports which: no circles at any level, physics below files, commands and figures.

Imports inside functions count; those for type checkers alone do not. A script ``make_*.py`` writes a data
file of the package and is imported by nothing; it may import what it likes.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("kinetics", "phantoms", "dosimetry", "lesions", "therapy", "milligray")
#: What stands below all packages.
BASE = {f"milligray.{name}" for name in ("cores", "errors", "files", "hdf5", "text_files")}
BASE |= {f"milligray.figures.{name}" for name in ("files", "look", "styles", "text")}
#: Packages that each may import, besides itself.
ALLOWED = {
    "kinetics": BASE,
    "phantoms": BASE,
    "dosimetry": {*BASE, "kinetics", "phantoms"},
    "lesions": {*BASE, "kinetics", "phantoms", "dosimetry"},
    "therapy": {*BASE, "kinetics", "phantoms", "dosimetry", "lesions"},
    "milligray": {"kinetics", "phantoms", "dosimetry", "lesions", "therapy"},
}
#: Folders of dosimetry that read users' files, write results or talk to people; the others are physics.
ABOVE = {"files", "study", "report", "dossier", "cdisc", "commands"}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "data" not in path.parts
}
SCRIPTS = {m for m in MODULES if m.split(".")[-1].startswith("make_")}
#: Modules but for the packages' lists of public names, which point at their own modules.
CODE = [m for m in MODULES if m not in PACKAGES]


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


def circle(arrows: Mapping[str, set[str]]) -> list[str]:
    """The first circle that is found, as the names along it; [] where there is none."""
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name not in done:
            for target in sorted(arrows.get(name, ())):
                if found := walk(target, (*path, name)):
                    return found
            done.add(name)
        return []

    return next((found for name in sorted(arrows) if (found := walk(name, ()))), [])


def folder_arrows(package: str) -> dict[str, set[str]]:
    """Which sub-package or module of a package imports which other one, scripts aside."""
    depth = package.count(".") + 1
    arrows: dict[str, set[str]] = {}
    for module in CODE:
        if module.startswith(f"{package}.") and module not in SCRIPTS:
            mine = module.split(".")[depth]
            targets = {m.split(".")[depth] for m in imported(module) if m.startswith(f"{package}.")}
            arrows.setdefault(mine, set()).update(targets - {mine})
    return arrows


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_those_below_it(package: str) -> None:
    for module in MODULES:
        if module.split(".")[0] == package:
            for target in imported(module):
                home = target.split(".")[0]
                assert home == package or {home, target} & ALLOWED[package], f"{module} imports {target}"


def test_the_list_of_checked_arrows_is_not_empty() -> None:
    assert "kinetics.curves.curve" in imported("kinetics.fitting.fit")
    assert {"svalues", "tiacs"} <= folder_arrows("dosimetry")["doses"]


def test_physics_does_not_import_files_studies_reports_or_commands() -> None:
    arrows = folder_arrows("dosimetry")
    physics = set(arrows) - ABOVE
    assert {"nuclides", "svalues", "tiacs", "doses"} <= physics
    for folder in physics:
        assert not arrows[folder] & ABOVE, f"dosimetry.{folder} imports {arrows[folder] & ABOVE}"


def test_no_module_imports_a_package_that_lists_it_or_a_script() -> None:
    for module in CODE:
        own = imported(module) & {module.split(".")[0], *SCRIPTS}
        assert not own, f"{module} imports {own}"


@pytest.mark.parametrize("package", sorted({m.rpartition(".")[0] for m in MODULES} - {""}))
def test_no_circles_between_the_folders_of_a_package(package: str) -> None:
    found = circle(folder_arrows(package))
    assert not found, f"{package}: {' -> '.join(found)}"


def test_no_circles_between_modules() -> None:
    assert not circle({m: imported(m) - {m, *PACKAGES} for m in CODE})


def test_a_circle_is_found_where_there_is_one() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
