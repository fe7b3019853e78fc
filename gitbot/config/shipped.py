"""Where the files that ship with gitbot are: in the installed package, or in a checkout."""

from __future__ import annotations

from pathlib import Path

import gitbot
from gitbot.errors import GitbotError

_IN_CHECKOUT = {"commit_templates": "commit_templates", "demo": "fixtures/demo"}


def shipped(folder: str) -> Path:
    """Find `commit_templates` or `demo`; raises GitbotError where the installation lacks it."""
    package = Path(gitbot.__file__).parent
    for found in (package / folder, package.parent / _IN_CHECKOUT[folder]):
        if found.is_dir():
            return found
    raise GitbotError(f"this installation of gitbot lacks its folder {folder!r}", hint="install gitbot again")
