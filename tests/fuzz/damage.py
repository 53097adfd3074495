"""What is done to a valid input: to its cells, rows, columns, header, bytes and keys."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from .bases import Files

#: No number, in no column.
NO_NUMBERS = (
    "x",
    "1_000",
    "nan",
    "inf",
    "-inf",
    "#REF!",
    "#N/A",
    "#DIV/0!",
    "0x1F",
    "１２",
    "1 000",
    "=1+1",
    "[/x]",
    "$x_{$",
    "--1",
    "1e",
    "1,5,5",
    "\x07",
    "‮1",
    "TRUE",
    "1\n2",
    "é",
    "1e-400",
    "[bold]1[/bold]",
    "%s",
    "{0}",
    "\\",
    "'",
)
#: Numbers, some absurd.
NUMBERS = (
    "0",
    "1",
    "-1",
    "0.5",
    "100",
    "1e308",
    "5e-324",
    "1e-30",
    "1e15",
    "-0",
    "1e6",
    "999999",
    "1e-9",
    "0.0001",
    "1e4",
    "9" * 5000,
    "1" + "0" * 20,
    "+3",
    ".5",
    "5.",
    "1e5000",
    "48",
    "0.45",
)
WORDS = (
    "",
    " ",
    "P01",
    "P02",
    "P03",
    "p01",
    "cohort",
    "male",
    "female",
    "liver",
    "LIVER",
    "left kidney",
    "right kidney",
    "remainder",
    "whole body",
    "total body",
    "spleen",
    "brain",
    "testes",
    "uterus",
    "lungs",
    "livr",
    "whole gut",
    "small intestine contents",
    "[/x]",
    "$x_{$",
    "=cmd()",
    "-x",
    "@x",
    "a/b",
    "..",
    ".",
    "CON",
    "a" * 300,
    "é" * 60,
    "\x00",
    "\x1b[31m",
    "\u200b",
    "名前",
    "'",
    '"',
    "%IA",
    "%IA/g",
    "kBq/g",
    "kBq/mL",
    "mGy/MBq",
    "mSv/MBq",
    "#REF!",
    "adult male",
    "15-year-old",
    "nan",
    "NULL",
)


@dataclass(frozen=True)
class Damaged:
    """Files, what was done to them, and whether that can only be a mistake."""

    files: Files
    kinds: tuple[str, ...] = ()
    hopeless: bool = False
    options: list[str] = field(default_factory=list)

    def with_file(self, name: str, content: bytes, kind: str, *, hopeless: bool = False) -> Damaged:
        """The same with another content of one file."""
        files = {**self.files, name: content}
        return replace(self, files=files, kinds=(*self.kinds, kind), hopeless=self.hopeless or hopeless)


Grid = tuple[list[str], list[str], list[list[str]]]


def _grid(content: bytes) -> Grid:
    """Comment lines, header and rows of a table that is still a table."""
    lines = content.decode("utf-8", "replace").split("\n")
    start = next((i for i, line in enumerate(lines) if line and not line.startswith("#")), 0)
    rows = [line.split(",") for line in lines[start + 1 :] if line]
    return lines[:start], lines[start].split(","), rows


def _text(grid: Grid) -> bytes:
    comments, header, rows = grid
    return "\n".join([*comments, ",".join(header), *map(",".join, rows), ""]).encode("utf-8", "surrogatepass")


def quoted(cell: str) -> str:
    """A cell as CSV has it."""
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ',"\n\r') else cell


#: Columns that hold text.
TEXTS = {"patient", "sex", "phantom", "comment", "organ", "unit", "source", "target"}
TEXTS |= {"animal", "cohort", "body", "nuclide", "lesion", "site"}


@st.composite
def _cell(draw: st.DrawFn, table: bytes) -> tuple[bytes, str, bool]:
    """One cell, or several, become something else."""
    comments, header, rows = _grid(table)
    if not rows:
        return table, "nothing", False
    hopeless: dict[tuple[int, int], bool] = {}
    kind = "cell"
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 5]))):
        n = draw(st.integers(0, len(rows) - 1))
        row = rows[n]
        i = draw(st.integers(0, len(row) - 1))
        hopeless[n, i] = False
        column = header[i] if i < len(header) else ""
        pool = draw(st.sampled_from(["no number", "number", "word", "same kind", "factor", "any"]))
        if pool == "no number":
            new, kind = draw(st.sampled_from(NO_NUMBERS)), "cell: no number"
            hopeless[n, i] = column not in TEXTS
        elif pool == "number":
            new, kind = draw(st.sampled_from(NUMBERS)), "cell: number"
        elif pool == "word":
            new, kind = draw(st.sampled_from(WORDS)), "cell: word"
        elif pool == "same kind":
            other = rows[draw(st.integers(0, len(rows) - 1))]
            new, kind = (other[i] if i < len(other) else ""), "cell: of another row"
        elif pool == "factor" and _is_number(row[i]):
            factor = draw(st.sampled_from([1e-6, 1e-3, 0.01, 0.1, 0.5, 2, 10, 60, 100, 1e3, 1e6, -1]))
            new, kind = f"{float(row[i]) * factor:.6g}", "cell: times a factor"
        else:
            new, kind = draw(st.text(max_size=8)), "cell: any text"
        row[i] = quoted(new)
    return _text((comments, header, rows)), kind, any(hopeless.values())


def _is_number(cell: str) -> bool:
    try:
        return abs(float(cell)) < 1e200 and "_" not in cell
    except ValueError:
        return False


@st.composite
def _column_factor(draw: st.DrawFn, table: bytes) -> tuple[bytes, str, bool]:
    """A whole column in another unit."""
    comments, header, rows = _grid(table)
    i = draw(st.integers(0, len(header) - 1))
    factor = draw(st.sampled_from([1e-3, 1 / 60, 0.01, 1 / 24, 24, 60, 100, 1e3, 37, 1e6]))
    for row in rows:
        if i < len(row) and _is_number(row[i]):
            row[i] = f"{float(row[i]) * factor:.6g}"
    return _text((comments, header, rows)), "column: another unit", False


@st.composite
def _rows(draw: st.DrawFn, table: bytes) -> tuple[bytes, str, bool]:
    """Rows dropped, doubled, shuffled, cut, lengthened."""
    comments, header, rows = _grid(table)
    what = draw(
        st.sampled_from(["drop", "drop many", "double", "shuffle", "cut", "longer", "comment", "blank"])
    )
    if not rows:
        return table, "nothing", False
    i = draw(st.integers(0, len(rows) - 1))
    if what == "drop":
        del rows[i]
    elif what == "drop many":
        rows = [row for row in rows if draw(st.booleans())]
    elif what == "double":
        rows.insert(draw(st.integers(0, len(rows))), list(rows[i]))
    elif what == "shuffle":
        rows = draw(st.permutations(rows))
    elif what == "cut":
        rows[i] = rows[i][: max(1, len(rows[i]) // 2)]
    elif what == "longer":
        rows[i] = [*rows[i], "1"]
    elif what == "comment":
        rows[i][0] = "#" + rows[i][0]
    else:
        rows.insert(i, [""])
    return _text((comments, header, rows)), f"rows: {what}", what in ("longer", "comment")


@st.composite
def _columns(draw: st.DrawFn, table: bytes) -> tuple[bytes, str, bool]:
    """Columns dropped, doubled, renamed, swapped; a damaged header."""
    comments, header, rows = _grid(table)
    what = draw(
        st.sampled_from(["drop", "double", "rename", "swap names", "no header", "comment", "separator"])
    )
    i = draw(st.integers(0, len(header) - 1))
    if what == "drop":
        header, rows = header[:i] + header[i + 1 :], [row[:i] + row[i + 1 :] for row in rows]
    elif what == "double":
        header, rows = [*header, header[i]], [[*row, row[i] if i < len(row) else ""] for row in rows]
    elif what == "rename":
        header[i] = quoted(
            draw(st.sampled_from([*WORDS, header[i].upper(), header[i] + "s", "time", "mass_kg"]))
        )
    elif what == "swap names":
        j = draw(st.integers(0, len(header) - 1))
        header[i], header[j] = header[j], header[i]
    elif what == "no header":
        return _text((comments, rows[0] if rows else [], rows[1:])), "header: none", True
    elif what == "comment":
        header[0] = "#" + header[0]
    else:
        return table.replace(b",", draw(st.sampled_from([b";", b"\t", b"|"]))), "header: separator", False
    hopeless = what in ("double", "comment")
    return _text((comments, header, rows)), f"header: {what}", hopeless


@st.composite
def _bytes(draw: st.DrawFn, content: bytes) -> tuple[bytes, str, bool]:
    """Bytes flipped, cut, put in; another encoding."""
    what = draw(
        st.sampled_from(
            ["flip", "cut", "NUL", "quote", "utf-16", "latin-1", "bom", "crlf", "cr", "empty", "junk"]
        )
    )
    at = draw(st.integers(0, max(0, len(content) - 1)))
    if what == "flip" and content:
        content = content[:at] + bytes([content[at] ^ (1 << draw(st.integers(0, 7)))]) + content[at + 1 :]
    elif what == "cut":
        content = content[:at]
    elif what == "NUL":
        content = content[:at] + b"\0" + content[at:]
    elif what == "quote":
        content = content[:at] + b'"' + content[at:]
    elif what == "utf-16":
        content = content.decode("utf-8", "replace").encode("utf-16")
    elif what == "latin-1":
        content = content[:at] + b"\xe9" + content[at:]
    elif what == "bom":
        content = b"\xef\xbb\xbf" + content
    elif what in ("crlf", "cr"):
        content = content.replace(b"\n", b"\r\n" if what == "crlf" else b"\r")
    elif what == "empty":
        content = b""
    elif what == "junk":
        content = draw(st.binary(max_size=200))
    return content, f"bytes: {what}", what in ("NUL", "utf-16", "latin-1", "empty")


VALUES = (
    "1",
    "0",
    "-1",
    "1.5",
    "nan",
    "inf",
    "true",
    "false",
    '""',
    '"x"',
    '"[/x]"',
    '"$x_{$"',
    '"\\u0000"',
    "[]",
    "[1]",
    "{}",
    "{a = 1}",
    "2020-01-01",
    "[[[]]]",
    "9" * 400,
    '"auto"',
    '"biexponential"',
    '"serum"',
    '"none"',
    '"log"',
    '"effective"',
    '"predicted"',
    '"fitted"',
    '"zero"',
    '"extrapolate"',
    '"relative"',
    '"poisson"',
    '"sd"',
    '"organ curve"',
    '"measured"',
    '"scaled to body mass"',
    '"reference"',
    '"as given"',
    '"ICRP 100"',
    '"whole body"',
    '"transit"',
    '"as organs"',
    '"equilibrium"',
    '"../patients.csv"',
    '"/etc/passwd"',
    '"/dev/zero"',
    '"."',
    '"Lu-177"',
    '"F-18"',
    '"Ac-225"',
    '"H-3"',
    '"Ra-226"',
    '"simulated"',
    '"adult female"',
    '"15-year-old"',
    '"uptake"',
    '"linear-up/log-down"',
    '"linear-decay-corrected"',
    '"organs.csv"',
    '"urine.csv"',
    '"after voiding"',
    '"with contents"',
    '"voids as measured"',
    '"one exponential"',
    '"incomplete"',
    "[2.0, 1.0]",
    "[]",
    '"unknown"',
    '"unknown: why"',
    '"default"',
    '"alternatives"',
    '{ u_percent = 3, kind = "B", source = "x" }',
    '{ u_h = 1, kind = "B", source = "x" }',
    '{ u = 0.1, kind = "A", source = "x" }',
    '"population"',
    '"proportional"',
    '"full"',
    '"diagonal"',
    '"AIC"',
    '["biexponential"]',
    '["lambda1"]',
    '"population.json"',
)
#: A number in a line of a study file: of an inline table, a list, a key.
NUMBER = re.compile(r"(?<![\w.\"])-?\d+(\.\d+)?(?![\w.\"])")
#: Words of inline tables, each for any other.
INSIDE = (
    "u_percent", "half_width_percent", "u_h", "u", '"B"', '"rectangular"', '"log-normal"', '"everybody"',
    '"point"', '"scanner"', "kind", "shared_by", "volume_mL", "b2", "true", "other", "liver", "kidneys",
)  # fmt: skip


@st.composite
def _inside(draw: st.DrawFn, line: str) -> str:
    """A number or a word of a line becomes another."""
    numbers = list(NUMBER.finditer(line))
    words = [w for w in INSIDE if w in line]
    if numbers and (not words or draw(st.booleans())):
        at = draw(st.sampled_from(numbers))
        factor = draw(st.sampled_from(["-1", "0", "1e-3", "0.01", "100", "1e6", "nan", "1e400"]))
        new = "nan" if factor == "nan" else f"{float(at[0]) * float(factor):.6g}"
        return line[: at.start()] + new + line[at.end() :]
    if words:
        return line.replace(draw(st.sampled_from(words)), draw(st.sampled_from(INSIDE)), 1)
    return line


@st.composite
def _toml(draw: st.DrawFn, content: bytes) -> tuple[bytes, str, bool]:
    """Keys removed, doubled, retyped, renamed, nested; sections moved."""
    lines = content.decode("utf-8", "replace").split("\n")
    keys = [i for i, line in enumerate(lines) if "=" in line]
    heads = [i for i, line in enumerate(lines) if line.startswith("[")]
    kinds = ["value"] * 6 + ["inside"] * 3 + ["remove", "double", "rename", "add", "head", "nest"]
    what = draw(st.sampled_from(kinds))
    if not keys or not heads:
        return content, "nothing", False
    i = draw(st.sampled_from(keys))
    key = lines[i].split("=")[0].strip()
    if what == "value":
        lines[i] = f"{key} = {draw(st.sampled_from(VALUES))}"
    elif what == "inside":
        lines[i] = draw(_inside(lines[i]))
    elif what == "remove":
        del lines[i]
    elif what == "double":
        lines.insert(i, lines[i])
    elif what == "rename":
        lines[i] = (
            draw(st.sampled_from(["x", '"[/x]"', f"{key}s", f"{key}.a", "file", "model"]))
            + lines[i][len(key) :]
        )
    elif what == "add":
        extra = ["x = 1", 'tail = "none"', 'model = "auto"', 'weights = "none"', 'daughters = "equilibrium"']
        lines.insert(i, draw(st.sampled_from(extra)))
    elif what == "head":
        h = draw(st.sampled_from(heads))
        lines[h] = draw(
            st.sampled_from(
                ["", "[x]", "[[x]]", "[organs.liver]", "[", "[organs]", "[masses]", "[serum.population]"]
            )
        )
    else:
        lines[i] = f"{key} = " + "[" * draw(st.sampled_from([2, 50, 3000]))
    return "\n".join(lines).encode(), f"key: {what}", what in ("double", "nest")


#: What stands in place of a value of a JSON file.
JSON_VALUES = (
    "x",
    "",
    "1",
    -1,
    0,
    1e308,
    5e-324,
    None,
    True,
    [],
    {},
    [1, 2],
    {"x": 1},
    "monoexponential",
    "%IA",
)


@st.composite
def _json(draw: st.DrawFn, content: bytes) -> tuple[bytes, str, bool]:
    """A key of a JSON object removed, renamed, or given another value."""
    try:
        root = json.loads(content)
    except ValueError:
        return content, "nothing", False
    if not isinstance(root, dict) or not root:
        return content, "nothing", False
    inner = [root, *(v for v in root.values() if isinstance(v, dict) and v)]
    at = draw(st.sampled_from(range(len(inner))))
    key = draw(st.sampled_from(sorted(inner[at])))
    what = draw(st.sampled_from(["value", "value", "value", "remove", "rename", "add"]))
    if what == "value":
        inner[at][key] = draw(st.sampled_from(JSON_VALUES))
    elif what == "remove":
        del inner[at][key]
    elif what == "rename":
        inner[at][f"{key}s"] = inner[at].pop(key)
    else:
        inner[at]["x"] = 1
    return json.dumps(root).encode(), f"key: {what}", False


@st.composite
def damaged(draw: st.DrawFn, start: Damaged) -> Damaged:
    """One, two or three kinds of damage to a set of files."""
    found = start
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        name = draw(st.sampled_from(sorted(found.files)))
        content = found.files[name]
        if name.endswith(".toml"):
            how = draw(st.sampled_from([_toml, _toml, _toml, _bytes]))
        elif name.endswith(".json"):
            how = draw(st.sampled_from([_json, _json, _json, _bytes]))
        else:
            how = draw(st.sampled_from([_cell, _cell, _cell, _cell, _rows, _columns, _column_factor, _bytes]))
        new, kind, hopeless = draw(how(content))
        hopeless = hopeless and new != content and not found.kinds
        found = found.with_file(name, new, f"{name}: {kind}", hopeless=hopeless)
    # what a second damage took away may be what made the first one hopeless
    return found if len(found.kinds) == 1 else replace(found, hopeless=False)
