"""Damaged input by the thousand: every table, every key, every option.

The rule that holds for whatever is put in:

* Exit 0, and the results are finite and plausible. Each number is finite, or empty where a reason is given;
  no TIAC is below 0; all TIACs of a patient together are at most half-life / ln 2 (nothing decays more often
  than it is there), with the program's own margin for noise; no dose is above all emitted energy spread over
  the target's mass (energy is conserved). What can only be a mistake (text for a number, a spreadsheet's
  error, a row with too many cells) never ends here.
* Or exit 2, with one line or several on standard error, each of which begins ``milligray: error:`` and, where
  a file is damaged, names a file.
* Nothing else: no traceback, no other exit, no warning printed by Python.

``pytest tests/fuzz`` runs a fixed set of cases; ``python -m tests.fuzz 100000 --workers 2`` as many others as
one likes, and keeps what fails in a folder (``--replay FOLDER`` runs it again).
"""
