"""Which name replaces which: Go's field names of Flux's templates, and what the two engines call the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Flux (Go) → gitbot (Jinja2); docs/templates.md prints this table.
JINJA_FOR_GO = {
    "AutomationObject": "automation",
    "Changed": "changed",
    "Updated": "updated",
    "Values": "values",
    "FileChanges": "file_changes",
    "Files": "files",
    "Objects": "objects()",
    "Changes": "changes()",
    "Images": "images()",
    "ImageResult": "changed.file_changes or changed.objects()",
    "image_result": "changed.file_changes or changed.objects()",
    "Identifier": "identifier",
    "APIVersion": "api_version",
}
GO_REMOVED = {
    "ImageResult": "use .Changed.FileChanges or .Changed.Objects instead",
}


def replacement(name: str, known: Iterable[str]) -> str:
    """A sentence naming what to write for a field that Flux's templates or the JSON result know; "" when there is none."""
    if name in JINJA_FOR_GO:
        return f"in Jinja2 templates write {JINJA_FOR_GO[name]}"
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return f"in Jinja2 templates write {snake}" if snake != name and snake in set(known) else ""
