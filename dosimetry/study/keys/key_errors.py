"""What is wrong with the keys of a study file: all of pydantic's complaints in the program's own words."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from milligray.text_files import shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

#: A name, a path or a key is no longer; a note may have ten times as many characters.
LONGEST = 1000


def _field(of: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[type[BaseModel] | None, Any]:
    """The model and the field that an error's place in the study file belongs to."""
    model: type[BaseModel] | None = of
    found = None
    for key in loc:
        if model is None or key not in model.model_fields:
            return model, None
        found = model.model_fields[str(key)]
        inner = [found.annotation, *getattr(found.annotation, "__args__", ())]
        model = next((t for t in inner if isinstance(t, type) and issubclass(t, BaseModel)), None)
    return model, found


def key_complaints(
    error: ValidationError, of: type[BaseModel], *, also: Sequence[str] = (), under: str = ""
) -> list[str]:
    """All of pydantic's complaints, unknown keys first, each as one line that begins with the key's path.

    also : keys beside those of the model that would be allowed at the top.
    under : the section that the model is of, where it is not the whole file.
    """
    found = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    return list(dict.fromkeys(line for one in found for line in _complaints(one, of, also, under)))


def _complaints(one: ErrorDetails, of: type[BaseModel], also: Sequence[str], under: str) -> list[str]:
    """The lines of one of pydantic's complaints: several mistakes of one table stand in one."""
    if one["type"] != "value_error" or "ctx" not in one:
        return [_complaint(one, of, also, under)]
    where = _path(under, one["loc"])
    lines = str(one["ctx"]["error"]).split("\n")
    return [f"{where}: {line}" if where else line for line in lines]


def _path(under: str, loc: tuple[int | str, ...]) -> str:
    """The path of a key as messages have it."""
    return shown(".".join(filter(None, (under, *map(str, loc)))))


def _complaint(one: ErrorDetails, of: type[BaseModel], also: Sequence[str], under: str) -> str:
    """One of pydantic's complaints."""
    loc = one["loc"]
    where = _path(under, loc)
    model, found = _field(of, loc)
    if one["type"] == "missing":
        description = found.description if found is not None and found.description else None
        return f"{where} is missing" + (f"; {description}" if description else f"; add [{where}]")
    if one["type"] == "extra_forbidden":
        parent, _ = _field(of, loc[:-1]) if len(loc) > 1 else (of, None)
        names = [*(parent or model or of).model_fields, *(also if len(loc) == 1 else ())]
        near = difflib.get_close_matches(str(loc[-1])[:LONGEST], names, n=2, cutoff=0.6)
        hint = f"near names: {', '.join(near)}" if near else f"allowed: {', '.join(names)}"
        return f"unknown key {where}; {hint}"
    given = one.get("input")
    quoted = f" = {shown(repr(given))}" if isinstance(given, str | int | float | bool) else ""
    description = f"; {found.description}" if found is not None and found.description else ""
    message = one["msg"].replace("Input should be", "allowed:", 1)
    return f"{where}{quoted}: {message}{description}"
