"""The site is built with warnings as errors, and what stands in its pages is what was meant."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("mkdocs", reason="the site is not built without the extra 'docs'")
pytest.importorskip("mkdocstrings", reason="the site is not built without the extra 'docs'")

import milligray as mg

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    # MkDocs 2 and its themes: a notice of the theme's authors, not of this site
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


class Page(HTMLParser):
    """Links, ids, images and the text outside of code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.text = ""
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {given["id"] or ""} if "id" in given else set()
        if tag in ("a", "img"):
            self.links += [link for key in ("href", "src") if (link := given.get(key))]
        self._silent += tag in ("code", "pre", "script", "style")
        if tag in ("p", "li", "td", "h1", "h2", "h3"):
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("code", "pre", "script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    found = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("index.html")}
    assert len(found) > 30
    return found


def test_every_link_and_image_leads_somewhere(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{path}: {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].ids, f"{path}: {link}"


def test_no_markup_is_left_raw(pages: dict[Path, Page]) -> None:
    raw = re.compile(r"^\s*[-*] \S|\| ?---|```|:\w+:`|\*\*\w|<!--|^\s*>>> |^-{3,}$|\]\(\w", re.MULTILINE)
    for path, page in pages.items():
        found = raw.search(page.text)
        assert found is None, f"{path}: {page.text[max(found.start() - 80, 0) : found.end() + 80]!r}"


@pytest.mark.parametrize("package", ["milligray", "kinetics", "phantoms", "dosimetry", "lesions"])
def test_every_public_name_is_in_the_reference_with_a_link(pages: dict[Path, Page], package: str) -> None:
    """Read from the stubs when built, from the packages here."""
    (page,) = (
        p for path, p in pages.items() if path.parent.name == package and path.parts[-3] == "reference"
    )
    names = __import__(package).__all__
    assert len(names) > 10
    linked = {
        link.split("#")[1].rsplit(".", 1)[1]
        for link in page.links
        if "#" in link and "." in link.split("#")[1]
    }
    missing = set(names) - linked - ({"fit"} if package == "milligray" else set())
    assert not missing
    if package == "milligray":
        assert "fit_curve" in linked and callable(mg.fit)


def test_the_start_page_has_the_readmes_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    start = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for line in (
        "milligray run examples/zr89-trastuzumab/study.toml --out results/",
        "python3 -m venv .venv",
    ):
        assert line in readme and line in start
