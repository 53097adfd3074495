"""Docstrings as this project writes them -> as numpydoc has them, for the reference of the site.

Parameters and errors stand as ``name : what it is``; their types are in the signature. What comes back stands
below ``Returns`` as plain text. Names of modules, classes and functions (``:func:`name```) become links.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from griffe import Attribute, Docstring, Extension, Function, Object

ROLE = re.compile(r":(?:\w+):`~?([^`]+)`")
SECTION = re.compile(r"^(\w[\w ]*)\n(-{3,})$", re.MULTILINE)
#: Sections whose entries begin with a name and a colon.
NAMED = {"Parameters", "Attributes", "Raises", "Other Parameters", "Warns"}
ENTRY = re.compile(r"^(\*{0,2}[\w., *]+?)\s+:\s+(\S.*)$")


def entries(body: str) -> str:
    """``name : text`` with the text on a line of its own; a type that stands there stays."""
    lines = []
    for line in body.splitlines():
        match = ENTRY.match(line)
        lines += [match.group(1), f"    {match.group(2)}"] if match else [line]
    return "\n".join(lines)


def returned(body: str, annotation: str) -> str:
    """Plain text as the description of what a function returns."""
    lines = body.strip("\n").splitlines()
    return "\n".join([annotation, *(f"    {line.strip()}" for line in lines if line.strip()), ""])


def rewritten(text: str, annotation: str) -> str:
    """One docstring, section by section."""
    parts = SECTION.split(text)
    done, mark, example = parts[0].partition(">>>")
    done += f"Examples\n--------\n{mark}{example}\n" if mark else ""
    for title, rule, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        body, mark, example = body.partition(">>>")
        example = f"Examples\n--------\n{mark}{example}" if mark and title != "Examples" else mark + example
        if title in NAMED:
            body, *loose = re.split(r"\n\n(?=\S)", body.strip("\n"))
            while loose and ENTRY.match(loose[0].splitlines()[0]):
                body += "\n" + loose.pop(0)
            body = "\n" + entries(body) + "\n\n"
            if loose:
                example = "Notes\n-----\n" + "\n\n".join(loose) + "\n\n" + example
        elif title == "Returns" and annotation:
            body = "\n" + returned(body, annotation) + "\n"
        done += f"{title}\n{rule}{body}{example}"
    return done


def commented(obj: Attribute) -> Docstring | None:
    """The comment ``#:`` above a constant, or behind it, as its docstring."""
    if obj.lineno is None or not isinstance(obj.filepath, Path):
        return None
    lines = obj.filepath.read_text(encoding="utf-8").splitlines()
    found: list[str] = []
    at = obj.lineno - 2
    while at >= 0 and lines[at].lstrip().startswith("#:"):
        found.insert(0, lines[at].lstrip().removeprefix("#:").strip())
        at -= 1
    behind = lines[obj.lineno - 1].partition("#:")[2].strip()
    text = " ".join(found) or behind
    return Docstring(text, parent=obj, lineno=obj.lineno) if text else None


@lru_cache(maxsize=1)
def homes() -> dict[str, str]:
    """Public name of a package -> where it is defined, from the imports of its ``__init__.pyi``."""
    found: dict[str, str] = {}
    for stub in Path(__file__).parents[2].glob("*/__init__.pyi"):
        for node in ast.parse(stub.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.level:
                package = stub.parent.name
                found |= {f"{package}.{a.name}": f"{package}.{node.module}.{a.name}" for a in node.names}
    return found


def defined_at(name: str) -> str:
    """``kinetics.Curve`` or ``kinetics.Curve.subset`` -> the same by the module that defines it."""
    public = ".".join(name.split(".")[:2])
    return homes().get(public, public) + name.removeprefix(public)


class Docstrings(Extension):
    """Rewrites every docstring when its module is read."""

    def on_instance(self, *, obj: Object, **kwargs: Any) -> None:
        """Rewrite the docstring of one module, class, function or attribute."""
        if isinstance(obj, Attribute) and obj.docstring is None:
            obj.docstring = commented(obj)
        docstring: Docstring | None = obj.docstring
        if docstring is None:
            return
        annotation = str(obj.returns) if isinstance(obj, Function) and obj.returns is not None else ""
        docstring.value = rewritten(self.linked(docstring.value, obj), annotation)

    def linked(self, text: str, obj: Object) -> str:
        """Roles as links where the reference has the name, else as names in code."""

        def link(match: re.Match[str]) -> str:
            name = match.group(1)
            home = defined_at(name) if "." in name else f"{obj.module.path}.{name}"
            return f'<autoref identifier="{home}" optional><code>{name.split(".")[-1]}</code></autoref>'

        return ROLE.sub(link, text)
