"""Published values, checked: cases as data, four layers of checks, one page.

Nothing imports this package but the command that it adds itself, its tests, and its own scripts.
"""
