"""Help on every public name: an example that runs, and which errors can come."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FRONTS = ("kinetics", "phantoms", "dosimetry", "lesions", "therapy", "milligray")
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for package in (*FRONTS, "validation")
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
#: Public functions that take whatever their types say; all others say which errors they raise.
WITHOUT_ERRORS = {
    "available", "choice_summary", "compartments_summary", "covariance_h2", "dose_tables", "fit_summary",
    "from_percent", "haenscheid_ratio", "nca_summary",
}  # fmt: skip
PUBLIC = {
    name: getattr(importlib.import_module(package), name)
    for package in FRONTS[:-1]
    for name in importlib.import_module(package).__all__
}
CALLABLES = {name: thing for name, thing in PUBLIC.items() if callable(thing)}


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # where the examples' studies lie
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0, "see above"


def test_the_modules_with_examples_are_found() -> None:
    assert {"kinetics.curves.curve", "dosimetry.doses.absorbed", "phantoms.library.installed"} <= set(MODULES)
    assert len(CALLABLES) > 100


@pytest.mark.parametrize("name", sorted(CALLABLES))
def test_help_has_an_example_that_uses_the_name_or_its_maker(name: str) -> None:
    words = inspect.getdoc(CALLABLES[name]) or ""
    examples = doctest.DocTestParser().get_examples(words)
    assert any(example.want for example in examples), f"{name}: no example that prints something"
    code = "".join(example.source for example in examples)
    assert inspect.isclass(CALLABLES[name]) or re.search(rf"\b{name}\(", code), f"{name} is not called"


def refuses(thing: Any) -> bool:
    """Whether calling it can raise an error of this project: all functions but those named above."""
    if inspect.isclass(thing):
        check = getattr(thing, "__post_init__", None)
        return (
            check is not None
            and re.search(r"raise|check_model|Complaints", inspect.getsource(check)) is not None
        )
    return thing.__name__ not in WITHOUT_ERRORS


@pytest.mark.parametrize("name", sorted(CALLABLES))
def test_help_says_which_errors_can_come(name: str) -> None:
    words = inspect.getdoc(CALLABLES[name]) or ""
    assert ("Raises\n------\n" in words) is refuses(CALLABLES[name]) or issubclass_of_error(CALLABLES[name])
    for line in re.findall(r"Raises\n------\n(\S.*?)(?: :|$)", words):
        assert all(re.fullmatch(r"\w*Error", error) for error in line.split(", ")), f"{name}: {line}"


def issubclass_of_error(thing: Any) -> bool:
    """An error says nothing of errors."""
    return inspect.isclass(thing) and issubclass(thing, Exception)


@pytest.mark.parametrize("name", sorted(n for n, t in CALLABLES.items() if not inspect.isclass(t)))
def test_help_has_a_word_on_every_parameter_whose_name_is_not_enough(name: str) -> None:
    """A function of three or more parameters names each in its help, or says which other's they are."""
    parameters = inspect.signature(CALLABLES[name]).parameters
    words = inspect.getdoc(CALLABLES[name]) or ""
    silent = [p for p in parameters if not re.search(rf"\b{p}\b", words.split("Examples\n---")[0])]
    assert len(parameters) < 3 or not silent or "as :func:" in words, f"{name}: nothing on {silent}"
