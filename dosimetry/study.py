"""A study from its file to its results: the two calls that a script needs.

>>> from dosimetry.study import load_study, run_study
>>> result = run_study(load_study("study.toml"))  # doctest: +SKIP
>>> result.organ_doses  # doctest: +SKIP
"""

from dosimetry.pipeline import run_study
from dosimetry.settings import StudyFile, load_study

__all__ = ["StudyFile", "load_study", "run_study"]
