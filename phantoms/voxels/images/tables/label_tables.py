"""Reads a label table: a ready one or a user's TOML file; all that is wrong with it is told at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from milligray.errors import Complaints
from milligray.text_files import read_toml, shown, shown_path
from phantoms.errors import PhantomError
from phantoms.regions.names import REMAINDER
from phantoms.transport.materials import Tissue
from phantoms.voxels.body import IN_SKELETON, OUTSIDE, TOTAL_BODY
from phantoms.voxels.images.tables import tissues
from phantoms.voxels.images.tables.agreement import disagreements, no_bone
from phantoms.voxels.images.tables.icrp110 import IcrpTables, read_icrp_tables
from phantoms.voxels.images.tables.labels import Label, LabelTable, region_name, sites

READY = ("totalsegmentator", "icrp110")
LARGEST_NUMBER = 65535
HOLDS = ("whole", "wall", "contents")
#: Names that are no region of a label: no voxel holds them alone, or they have a meaning of their own.
RESERVED = (OUTSIDE, TOTAL_BODY, REMAINDER, *IN_SKELETON)
_TOP = ("name", "source", "extends", "complete", "from_tables", "rest", "labels", "sums", "tissues")
_OF_A_LABEL = (
    "region",
    "tissue",
    "density_g_per_cm3",
    "density_from_ct",
    "site",
    "counted",
    "holds",
    "rest",
    "like",
    "called",
)


def read_label_table(table: str | Path, *, tables_folder: str | Path | None = None) -> LabelTable:
    """A label table: "totalsegmentator", "icrp110", or that of a TOML file.

    Parameters
    ----------
    tables_folder : folder of ICRP's own tables of organs, media and spongiosa, which "icrp110" needs.

    Raises
    ------
    PhantomError : no such file or table, or what is wrong in it, all at once.

    >>> table = read_label_table("totalsegmentator")
    >>> len(table.labels), table.labels[3].region, table.sums["kidneys"]
    (117, 'left kidney', ('left kidney', 'right kidney'))
    """
    text, data, where = _content(table)
    digest = hashlib.sha256(text.encode())
    if base := data.get("extends"):
        if base not in READY:
            raise PhantomError(f"{where}: extends = {base!r}; one of {', '.join(READY)} can be extended")
        base_text, base_data, _ = _content(base)
        digest.update(base_text.encode())
        data = _extended(base_data, data)
    icrp = None
    if data.get("from_tables") == "icrp110":
        if tables_folder is None:
            raise PhantomError(
                f"{where}: densities, media and marrow of ICRP's phantoms are ICRP's own: name the folder"
                " with the AM_ or AF_ files organs.dat, media.dat and spongiosa.dat (--tables-folder)"
            )
        icrp = read_icrp_tables(tables_folder)
        digest.update(icrp.sha256.encode())
    elif tables_folder is not None:
        raise PhantomError(f"{where}: this table reads no other tables; leave out the folder of tables")
    made = _Reader(where, data, icrp).table()
    return replace(made, sha256=digest.hexdigest())


def _content(table: str | Path) -> tuple[str, dict[str, Any], str]:
    """Text and content of a ready table or of a file, and how messages name it."""
    if str(table) in READY:
        text = (files("phantoms.voxels.images.tables") / f"{table}.toml").read_text(encoding="utf-8")
        return text, tomllib.loads(text), f"label table '{table}'"
    if not str(table).endswith(".toml") and not Path(table).exists():
        raise PhantomError(
            f"label table '{shown(str(table))}': there is {', '.join(READY)}, or the path of a TOML file"
        )
    needed = f"a label table is a TOML file, or one of {', '.join(READY)}"
    text, data = read_toml(table, PhantomError, needed=needed)
    return text, data, shown_path(table)


def _extended(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A table with its own labels, sums and tissues put over those of the one that it extends."""
    merged = {**base, **own}
    for key in ("labels", "sums", "tissues"):
        if isinstance(own.get(key, {}), dict):
            merged[key] = {**base.get(key, {}), **own.get(key, {})}
    return merged


class _Reader:
    """Reads one table's content; what is wrong is gathered and told at once."""

    def __init__(self, where: str, data: dict[str, Any], icrp: IcrpTables | None) -> None:
        self.where, self.data, self.icrp = where, data, icrp
        self.found = Complaints(PhantomError, where=where)
        self.own: dict[str, Tissue] = {}

    def complain(self, text: str) -> None:
        self.found.add(PhantomError(f"{self.where}: {text}"))

    def table(self) -> LabelTable:
        with self.found:
            for key in self.data:
                if key not in _TOP:
                    self.complain(f"unknown key '{shown(key)}'; there are {', '.join(_TOP)}")
            for key in ("name", "source"):
                if not isinstance(self.data.get(key), str) or not self.data[key].strip():
                    self.complain(f"{key} is missing: say in a text what the table is and where it is from")
            complete = self.data.get("complete", False)
            if not isinstance(complete, bool):
                self.complain("complete is true or false: whether every voxel of the body has a label")
            if self.data.get("from_tables", "icrp110") != "icrp110":
                self.complain("from_tables is 'icrp110' or is left out")
            self._tissues()
            rest = self._label(
                "rest", {"region": "other tissue", "tissue": "soft tissue", **self._dict("rest")}
            )
            labels = self._labels()
            sums = self._sums({label.region for label in labels.values()}, rest)
        assert rest is not None  # what is missing was told above
        name, source = str(self.data["name"]), str(self.data["source"])
        return LabelTable(name, source, "", labels, sums, rest, complete, self.icrp)

    def _dict(self, key: str) -> dict[str, Any]:
        value = self.data.get(key, {})
        if isinstance(value, dict):
            return value
        self.complain(f"{key} is a table, [{key}]")
        return {}

    def _tissues(self) -> None:
        for name, entry in self._dict("tissues").items():
            at = f"tissues.{shown(name)}"
            if not isinstance(entry, dict) or set(entry) != {"density_g_per_cm3", "percent"}:
                self.complain(f"{at} has density_g_per_cm3 and percent, e.g. {{ H = 11.2, O = 88.8 }}")
                continue
            density = self._density(at, entry["density_g_per_cm3"])
            percent = entry["percent"]
            if not isinstance(percent, dict) or not all(_is_number(v) for v in percent.values()):
                self.complain(
                    f"{at}.percent is numbers by the symbols of elements, e.g. {{ H = 11.2, O = 88.8 }}"
                )
            elif name in tissues.catalogue():
                self.complain(f"{at}: this name is taken by a tissue of the program; give it another")
            elif density is not None:
                try:
                    self.own[name] = tissues.from_percent(name, density, percent)
                except PhantomError as error:
                    self.complain(str(error))

    def _labels(self) -> dict[int, Label]:
        entries = self._dict("labels")
        if not entries:
            self.complain(
                'there are no labels; write e.g. [labels] and 1 = { region = "liver", tissue = "liver" }'
            )
        labels: dict[int, Label] = {}
        for key, entry in entries.items():
            number = int(key) if key.isascii() and key.isdigit() else 0
            if not 1 <= number <= LARGEST_NUMBER or str(number) != key:
                self.complain(
                    f"labels.{shown(key)}: a label is a whole number from 1 to {LARGEST_NUMBER}"
                    " (0 is what has no label)"
                )
            elif not isinstance(entry, dict):
                self.complain(f"labels.{key} is {{ region = ..., tissue = ... }}, not {shown(repr(entry))}")
            elif (label := self._label(f"labels.{key}", entry, number)) is not None:
                labels[number] = label
        for text in disagreements(labels, {n: str(entries[str(n)]["region"]) for n in labels}):
            self.complain(text)
        return labels

    def _label(self, at: str, entry: dict[str, Any], number: int = 0) -> Label | None:
        wrong = len(self.found)
        for key in entry:
            if key not in _OF_A_LABEL:
                self.complain(f"{at}.{shown(key)}: unknown key; there are {', '.join(_OF_A_LABEL)}")
        region = entry.get("region")
        if not isinstance(region, str) or not region.strip() or not region.isprintable():
            self.complain(f"{at}.region is missing: the name of the region in a text")
            region = ""
        region = region_name(region)
        if region in RESERVED:
            self.complain(
                f"{at}: '{region}' is no region that voxels hold; name the bone (with its site) for marrow"
                " and bone, and leave what is outside without a label"
            )
        site, holds = entry.get("site", ""), entry.get("holds", "")
        if site not in ("", *sites()):
            self.complain(f"{at}.site is {shown(repr(site))}; there are {', '.join(sites())}")
        if holds not in ("", *HOLDS):
            self.complain(f"{at}.holds is {shown(repr(holds))}; there are {', '.join(HOLDS)}")
        flags = {"density_from_ct": True, "counted": True, "rest": False}
        for key, default in flags.items():
            flags[key] = entry.get(key, default)
            if not isinstance(flags[key], bool):
                self.complain(f"{at}.{key} is true or false")
        called = entry.get("called", "")
        if not isinstance(called, str):
            self.complain(f"{at}.called is a text: what the program that segments calls it")
        if flags["rest"] and (site or holds):
            self.complain(f"{at}: a label that is the rest of the body has no site, and holds nothing")
        # the rest of the body without a tissue of its own is what has no label
        as_unlabelled = flags["rest"] and not {"tissue", "density_g_per_cm3"} & set(entry) and not self.icrp
        medium = {**entry, "tissue": "soft tissue"} if as_unlabelled else entry
        tissue, density = self._medium(at, medium, number)
        stated = "tissue" in entry  # else it is ICRP's own
        if site and stated and tissue is not None and (why := no_bone(tissue, site)):
            self.complain(f"{at}: {why}")
        if len(self.found) > wrong or tissue is None or density is None:
            return None
        return Label(
            region, tissue, density, flags["density_from_ct"], site, flags["counted"], holds, flags["rest"],
            called, as_unlabelled,
        )  # fmt: skip

    def _medium(self, at: str, entry: dict[str, Any], number: int) -> tuple[Tissue | None, float | None]:
        """The tissue of a label, and its density without a CT: of its entry, or of ICRP's tables."""
        if self.icrp is not None and number and "tissue" not in entry:
            organ = self.icrp.organs.get(number) or self.icrp.organs.get(entry.get("like", 0))
            if organ is None:
                self.complain(f"{at}: the table of organs ({self.icrp.prefix}organs.dat) has no such organ")
                return None, None
            return self.icrp.media[organ.medium], organ.density_g_per_cm3
        if "like" in entry:
            self.complain(f"{at}.like is for a table with from_tables alone")
        name = entry.get("tissue")
        if not isinstance(name, str) or (name not in self.own and name not in tissues.catalogue()):
            there = ", ".join([*tissues.catalogue(), *self.own])
            self.complain(f"{at}.tissue is {shown(repr(name))}; there are {there}, or one of [tissues]")
            return None, None
        tissue = self.own.get(name) or tissues.known_tissue(name)
        if name == tissues.BONE:
            tissue = replace(tissue, name=tissues.BONE)
        if "density_g_per_cm3" not in entry:
            return tissue, tissue.density_g_per_cm3
        return tissue, self._density(at, entry["density_g_per_cm3"])

    def _density(self, at: str, value: object) -> float | None:
        low, high = tissues.LOWEST_DENSITY, tissues.HIGHEST_DENSITY
        if _is_number(value) and low <= float(str(value)) <= high:
            return float(str(value))
        self.complain(
            f"{at}.density_g_per_cm3 is {shown(repr(value))}; a number from {low:g} to {high:g} g/cm3"
        )
        return None

    def _sums(self, regions: set[str], rest: Label | None) -> dict[str, tuple[str, ...]]:
        """The sums, each as the regions that it consists of in the end."""
        given: dict[str, list[str]] = {}
        for key, parts in self._dict("sums").items():
            name = region_name(key)
            if not isinstance(parts, list) or not parts or not all(isinstance(p, str) for p in parts):
                self.complain(f'sums.{shown(key)} is a list of regions, e.g. ["left kidney", "right kidney"]')
            elif name in RESERVED or name in regions or (rest and name == rest.region):
                self.complain(f"sums.{shown(key)}: '{name}' is a region itself, or the name of another thing")
            else:
                given[name] = [region_name(p) for p in parts]
        return {name: tuple(dict.fromkeys(self._flat(name, given, regions, ()))) for name in given}

    def _flat(
        self, name: str, given: Mapping[str, list[str]], regions: set[str], path: tuple[str, ...]
    ) -> list[str]:
        if name in path:
            self.complain(f"sums.{path[0]}: the sums go in a circle: {' -> '.join((*path, name))}")
            return []
        found: list[str] = []
        for part in given[name]:
            if part in given:
                found += self._flat(part, given, regions, (*path, name))
            elif part in regions:
                found.append(part)
            else:
                self.complain(
                    f"sums.{name}: no label has the region '{shown(part)}', and no sum has the name"
                )
        return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
