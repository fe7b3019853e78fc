"""What to do about an error of a Go template: a field that was taken away names what took its place."""

from __future__ import annotations

import re

from gitbot.message.errors import FAILED, REMOVED_FIELD

_FIELD = re.compile(r"can't evaluate field (\w+) in type ([\w.*]+)")
_REPLACED = {"ImageResult": "use .Changed.FileChanges or .Changed.Objects instead"}
_FIELDS = {
    "source.TemplateData": ".AutomationObject, .Changed, .Updated and .Values",
    "update.Result": ".FileChanges, .Changes and .Objects",
    "update.Change": ".OldValue, .NewValue and .Setter",
    "update.ObjectIdentifier": ".APIVersion, .Kind, .Name and .Namespace",
    "types.NamespacedName": ".Namespace and .Name",
}


def hint_for(said: str) -> tuple[str, str]:
    """What to write instead, and the reason the automation's status gives."""
    found = _FIELD.search(said)
    if found is None:
        return "", FAILED
    name, owner = found.groups()
    if name in _REPLACED:
        return f"the field .{name} was removed: {_REPLACED[name]}", REMOVED_FIELD
    known = _FIELDS.get(owner.lstrip("*"))
    return (f"there are {known}" if known else ""), FAILED
