"""Pages of the site that are made when it is built: the reference, and files that pages link to.

- ``reference/``: for each package the table of its public names (read from ``__init__.pyi``), and for each of
  its folders a page with every module in it. Nothing is imported.
- ``contributing.md`` and ``changelog.md`` are the files of those names beside the README.
- A link from a page to another file of the repository (``../examples/...``) leads to a page that shows it.
"""

from __future__ import annotations

import ast
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
PACKAGES = ("milligray", "kinetics", "phantoms", "dosimetry", "lesions", "therapy")
#: Files beside the README that are pages of the site.
PROJECT_PAGES = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
#: Where the site shows files of the repository.
SHOWN = "repository"
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)")
#: A line that is a link to a script, and nothing else.
SCRIPT = re.compile(r"^\[[^\]]+\]\(([^)]+\.py)\)$", re.MULTILINE)
ROLE = re.compile(r":\w+:`~?([^`]+)`")
LANGUAGES = {".py": "python", ".toml": "toml", ".csv": "text"}


def first_line(path: Path) -> str:
    """The first paragraph of a module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def public_names(package: str) -> dict[str, str]:
    """Public names of a package -> where each is defined, from the imports of its ``__init__.pyi``."""
    stub = ROOT / package / "__init__.pyi"
    found: dict[str, str] = {}
    for node in ast.parse(stub.read_text(encoding="utf-8")).body if stub.exists() else []:
        if isinstance(node, ast.ImportFrom):
            home = ".".join([package] * (node.level > 0) + [node.module] * (node.module is not None))
            for alias in node.names:
                if alias.name == "*":
                    found |= public_names(home)
                else:
                    known = public_names(home) if home in PACKAGES and home != package else {}
                    found[alias.asname or alias.name] = known.get(alias.name, f"{home}.{alias.name}")
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):  # a second name
            found |= {t.id: found[node.value.id] for t in node.targets if isinstance(t, ast.Name)}
    return found


def summary(path: str) -> str:
    """First sentence of the docstring of a name, given as package.module.name."""
    module, name = path.rsplit(".", 1)
    source = (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            text = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
            return re.split(r"(?<=[^.][a-z0-9\])])\. ", ROLE.sub(r"`\1`", text))[0]
    comment = re.search(rf"((?:^#:.*\n)+){name}\b", source, re.MULTILINE)
    return re.sub(r"\s*#:\s*", " ", comment.group(1)).strip() if comment else ""


def folders(package: str) -> dict[str, list[Path]]:
    """Folders of a package, itself first, each with the modules in it."""
    found: dict[str, list[Path]] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        if path.name != "__init__.py" and not path.name.startswith("make_"):
            found.setdefault(path.parent.relative_to(ROOT).as_posix(), []).append(path)
    return dict(sorted(found.items()))


def address(folder: str) -> str:
    """Page of a folder, in ``reference/``."""
    return folder.replace("/", ".") + (".md" if "/" in folder else ".modules.md")


def label(folder: str) -> str:
    """Name of a folder in the navigation, below its package."""
    return folder.partition("/")[2] or "beside the folders"


def folder_page(folder: str, modules: list[Path]) -> str:
    """Page of one folder: what it is, and every module in it."""
    parts = [f"# {folder}", first_line(ROOT / folder / "__init__.py")]
    parts += [f"::: {'.'.join(path.relative_to(ROOT).with_suffix('').parts)}" for path in modules]
    return "\n\n".join(parts) + "\n"


def package_page(package: str) -> str:
    """Page of one package: its own words, its public names, its folders."""
    text = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))) or ""
    words, _, example = text.partition(">>>")
    parts = [f"# {package}", ROLE.sub(r"`\1`", words)]
    if example:
        parts.append(f"```pycon\n>>>{example}\n```")
    names = sorted(public_names(package).items(), key=lambda item: item[0].lower())
    if names:
        rows = [f"| [`{name}`][{home}] | {summary(home).replace('|', '&#124;')} |" for name, home in names]
        parts.append("\n".join(["## Public names", "", "| name | what it is |", "| --- | --- |", *rows]))
    rows = [
        f"| [{folder}]({address(folder)}) | {first_line(ROOT / folder / '__init__.py')} |"
        for folder in folders(package)
    ]
    parts.append("\n".join(["## Folders", "", "| folder | what is in it |", "| --- | --- |", *rows]))
    return "\n\n".join(parts) + "\n"


def reference() -> dict[str, str]:
    """Pages of the reference: address -> text."""
    rows = [f"| [{p}]({p}.md) | {first_line(ROOT / p / '__init__.py')} |" for p in PACKAGES]
    head = ["# Reference", "", "| package | what it is |", "| --- | --- |"]
    pages = {"reference/index.md": "\n".join([*head, *rows, ""])}
    for package in PACKAGES:
        pages[f"reference/{package}.md"] = package_page(package)
        for folder, modules in folders(package).items():
            pages[f"reference/{address(folder)}"] = folder_page(folder, modules)
    return pages


def shown(path: Path) -> str:
    """Page of the site that a file of the repository has."""
    inside = path.relative_to(ROOT).as_posix()
    for page, source in PROJECT_PAGES.items():
        if inside == source:
            return page
    if path.parent == ROOT / "docs":
        return path.name
    return f"{SHOWN}/{inside}" if path.suffix == ".md" else f"{SHOWN}/{inside}.md"


def source_of(page: str) -> Path:
    """File of the repository that a page shows."""
    if page in PROJECT_PAGES:
        return ROOT / PROJECT_PAGES[page]
    if page.startswith(f"{SHOWN}/"):
        return ROOT / page.removeprefix(f"{SHOWN}/")
    return ROOT / "docs" / page


def elsewhere(page: str, text: str) -> set[Path]:
    """Files of the repository outside ``docs`` that a page links to."""
    beside = source_of(page).parent
    found = {(beside / link).resolve() for link in LINK.findall(text)}
    return {path for path in found if path.is_file() and (ROOT / "docs") not in path.parents}


def page_of_file(path: Path) -> str:
    """Text of the page that shows a file: Markdown as it is, other text as code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    return f"# {path.name}\n\n`{path.relative_to(ROOT)}`\n\n{code(path)}\n"


def code(path: Path) -> str:
    """A file as a block of code."""
    return f"```{LANGUAGES.get(path.suffix, 'text')}\n{path.read_text(encoding='utf-8').rstrip()}\n```"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of the reference into the navigation."""
    tree: list[Any] = [{"packages": "reference/index.md"}]
    for package in PACKAGES:
        inside = [{label(f): f"reference/{address(f)}"} for f in folders(package)]
        tree.append({package: [{"public names": f"reference/{package}.md"}, *inside]})
    for entry in config.nav or []:
        if entry.get("Reference") == "reference":
            entry["Reference"] = tree
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    pages = reference() | {
        p: (ROOT / source).read_text(encoding="utf-8") for p, source in PROJECT_PAGES.items()
    }
    new = pages | {f.src_uri: f.content_string for f in files.documentation_pages()}
    while new:
        named = set().union(
            *(elsewhere(page, text) for page, text in new.items() if "reference/" not in page)
        )
        new = {shown(path): page_of_file(path) for path in named if shown(path) not in pages}
        pages |= new
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links to files of the repository at their pages; put scripts below the links to them."""
    name = page.file.src_uri
    if name.startswith("reference/"):
        return markdown
    beside = source_of(name).parent

    def target(match: re.Match[str]) -> str:
        path = (beside / match.group(1)).resolve()
        if path.suffix in {".png", ".svg"} or not (path.is_file() or path == ROOT / "docs"):
            return match.group(1)
        page = "index.md" if path == ROOT / "docs" else shown(path)
        return posixpath.relpath(page, posixpath.dirname(name) or ".")

    def with_code(match: re.Match[str]) -> str:
        return f"{match.group(0)}\n\n{code((beside / match.group(1)).resolve())}"

    if name == "examples.md":
        markdown = SCRIPT.sub(with_code, markdown)
    return LINK.sub(target, markdown)
