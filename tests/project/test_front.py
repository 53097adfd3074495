"""The public names of the packages: all there, loaded late, the same to a type checker and to ``dir()``."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRONTS = ("kinetics", "phantoms", "dosimetry", "lesions", "therapy")
HEAVY = ("numpy", "scipy", "pandas", "h5py", "lmfit", "matplotlib", "numba", "pydantic")


@pytest.mark.parametrize("package", [*FRONTS, "milligray"])
def test_every_public_name_is_there_and_listed(package: str) -> None:
    front = importlib.import_module(package)
    assert len(front.__all__) == len(set(front.__all__)) > 10
    missing = [name for name in front.__all__ if not hasattr(front, name)]
    assert not missing
    listed = {name for name in dir(front) if not name.startswith("__")}
    assert listed == set(front.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = front.no_such_name


@pytest.mark.parametrize("package", [*FRONTS, "milligray"])
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    code = f"import {package}, sys; print(*sorted(set(sys.modules) & set({HEAVY})))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


@pytest.mark.parametrize("package", FRONTS)
def test_no_public_name_is_hidden_by_a_module_of_its_own_package(package: str) -> None:
    front = importlib.import_module(package)
    inside = {p.stem for p in (ROOT / package).iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert ("errors" in inside) is (package not in ("lesions", "therapy"))  # their errors are dosimetry's
    assert not inside & set(front.__all__)


def test_milligray_has_every_name_of_its_packages_and_no_two_things_by_one_name() -> None:
    import milligray

    names = [name for package in FRONTS for name in importlib.import_module(package).__all__]
    assert len(names) == len(set(names)), {n for n in names if names.count(n) > 1}
    assert set(milligray.__all__) == {*names, "fit", "MilligrayError"}
    for package in FRONTS:
        front = importlib.import_module(package)
        assert all(getattr(milligray, n) is getattr(front, n) for n in front.__all__)
    assert milligray.fit is milligray.fit_curve
    assert not {p.stem for p in (ROOT / "milligray").glob("*.py")} & set(milligray.__all__)


def test_a_type_checker_knows_each_name_by_its_type(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed (extra 'dev')")
    script = tmp_path / "script.py"
    script.write_text(
        "import milligray\n"
        "import dosimetry\n"
        "reveal_type(milligray.Curve)\n"
        "reveal_type(milligray.fit)\n"
        "reveal_type(milligray.absorbed_dose)\n"
        "reveal_type(dosimetry.TISSUE_WEIGHTS)\n"
        "reveal_type(milligray.load_phantom('adult male'))\n"
        "reveal_type(milligray.__version__)\n"
        "milligray.no_such_name\n"
    )
    command = [sys.executable, "-m", "mypy", "--no-implicit-reexport", "--follow-imports", "silent"]
    command += ["--config-file", str(ROOT / "pyproject.toml"), str(script)]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    revealed = [line for line in said.splitlines() if "Revealed type" in line]
    assert len(revealed) == 6, said
    assert "Curve" in revealed[0]
    assert "FitResult" in revealed[1]
    assert "DoseResult" in revealed[2]
    assert "tuple[str" in revealed[3]
    assert "SafLibrary" in revealed[4]
    assert "str" in revealed[5]
    assert not any(": Any" in line or '"Any"' in line for line in revealed)
    assert 'no attribute "no_such_name"' in said
    assert "explicitly export" not in said


def _imports(text: str, where: str) -> list[str]:
    deep = []
    for node in ast.walk(ast.parse(text)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [str(node.module)]
        deep += [f"{where}: {n}" for n in names if n.split(".")[0] in (*FRONTS, "milligray") and "." in n]
    return deep


def test_no_example_or_page_needs_a_path_deeper_than_a_package() -> None:
    deep = []
    for script in (ROOT / "examples").rglob("*.py"):
        deep += _imports(script.read_text(encoding="utf-8"), script.name)
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            code = line.strip().removeprefix(">>> ").strip("`")
            if code.startswith(("from ", "import ")) and "milligray" not in page.parent.name:
                try:
                    deep += _imports(code, f"{page.name}, line {number}")
                except SyntaxError:
                    continue  # a sentence that begins so
    assert not deep
