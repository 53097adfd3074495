"""Write decay_chains.csv: radioactive daughters and branching fractions of the 1252 nuclides of ICRP 107.

They are taken from the index of ICRP Publication 107 as the package ``radioactivedecay`` carries it::

    pip install radioactivedecay==0.6.1
    python dosimetry/nuclides/make_decay_chains.py
"""

from __future__ import annotations

from importlib.metadata import distribution, version
from pathlib import Path

HEADER = """\
# Radioactive daughters and branching fractions of the nuclides of ICRP Publication 107 (2008).
# From radioactivedecay {version} (data set {dataset}); written by make_decay_chains.py, not edited by hand.
# Stable daughters and spontaneous fission are left out. branching: fraction of the parent's decays.
# Notice of the data set:
"""


def rows() -> list[tuple[str, str, float]]:
    """(parent, daughter, branching) of all decays to a radioactive daughter, by parent."""
    import radioactivedecay as rd  # type: ignore[import-not-found]

    data = rd.DEFAULTDATA
    radioactive = {str(n) for n in data.nuclides if data.half_life(n, "s") != float("inf")}
    found = []
    for name in radioactive:
        nuclide = rd.Nuclide(name)
        for daughter, branching in zip(nuclide.progeny(), nuclide.branching_fractions(), strict=True):
            if daughter in radioactive:
                found.append((name, daughter, float(branching)))
    return sorted(found, key=lambda r: (r[0], -r[2], r[1]))


def text() -> str:
    """The file's whole text."""
    import radioactivedecay as rd  # type: ignore[import-not-found]

    notice = next(f for f in distribution("radioactivedecay").files or [] if f.name == "LICENSE.ICRP-07")
    lines = Path(str(notice.locate())).read_text(encoding="utf-8").strip().splitlines()
    head = HEADER.format(version=version("radioactivedecay"), dataset=rd.DEFAULTDATA.dataset_name)
    head += "".join(f"# {line}".rstrip() + "\n" for line in lines)
    return head + "parent,daughter,branching\n" + "".join(f"{p},{d},{b:.10g}\n" for p, d, b in rows())


if __name__ == "__main__":
    Path(__file__).with_name("decay_chains.csv").write_text(text(), encoding="utf-8")
