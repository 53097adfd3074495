"""Folders of the user: imported libraries, and work that can be done again."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_folder() -> Path:
    """Where imported libraries are kept: XDG_DATA_HOME (Linux), Application Support, or APPDATA."""
    if os.environ.get("XDG_DATA_HOME"):
        base = Path(os.environ["XDG_DATA_HOME"])
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    elif os.name == "nt":
        base = Path(os.environ.get("APPDATA", Path.home()))
    else:
        base = Path.home() / ".local" / "share"
    return base / "milligray" / "phantoms"


def user_cache() -> Path:
    """Where work that can be done again is kept: XDG_CACHE_HOME, or beside the data on other systems."""
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "milligray"
    if os.name == "posix" and sys.platform != "darwin":
        return Path.home() / ".cache" / "milligray"
    return user_folder().parent / "cache"
