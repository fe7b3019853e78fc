"""The data of a message as Flux's templates see it: the structs of source.TemplateData, their fields and methods."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from gitbot.message.gotemplate.types import STRING, GoMap, GoMethod, GoSlice, GoStruct, Type, map_of, slice_of
from gitbot.message.views import ChangedView, ChangeView, ImageView, NameView, ObjectView, UpdatedView

_NAME = Type("struct", "types.NamespacedName")
_CHANGE = Type("struct", "update.Change")
_OBJECT = Type("struct", "update.ObjectIdentifier")
_RESOURCE = Type("struct", "yaml.ResourceIdentifier")
_TYPE_META = Type("struct", "yaml.TypeMeta")
_NAME_META = Type("struct", "yaml.NameMeta")
_RESULT = Type("struct", "update.Result")
_OLDER = Type("struct", "update.Result")
_FILE_RESULT = Type("struct", "update.FileResult")
_IMAGE = Type("struct", "update.imageRef")
_CHANGES = slice_of(_CHANGE)
_IMAGES = slice_of(Type("interface", "update.ImageRef"))
_OBJECT_CHANGES = Type("map", "update.ObjectChanges", _CHANGES, _OBJECT)
_OBJECT_IMAGES = map_of(_OBJECT, _IMAGES)
_DATA = Type("struct", "source.TemplateData")


def template_data(variables: Mapping[str, Any]) -> GoStruct:
    """The dot of a message template. `.Updated`, which Flux took away, is still there, but does not print."""
    values = GoMap(dict(variables["values"].items()), map_of(STRING, STRING))
    fields = (
        ("AutomationObject", _name(variables["automation"])),
        ("Changed", _changed(variables["changed"])),
        ("Values", values),
    )
    return GoStruct(_DATA, fields, promoted={"Updated": _updated(variables["updated"])})


def _name(name: NameView) -> GoStruct:
    fields = (("Namespace", name.namespace), ("Name", name.name))
    text = str(name)
    return GoStruct(_NAME, fields, methods={"String": GoMethod(lambda: text)}, string=text)


def _change(change: ChangeView) -> GoStruct:
    return GoStruct(
        _CHANGE, (("OldValue", change.old_value), ("NewValue", change.new_value), ("Setter", change.setter))
    )


def _object(one: ObjectView) -> GoStruct:
    meta = (("APIVersion", one.api_version), ("Kind", one.kind))
    name = (("Name", one.name), ("Namespace", one.namespace))
    inner = (("TypeMeta", GoStruct(_TYPE_META, meta)), ("NameMeta", GoStruct(_NAME_META, name)))
    resource = GoStruct(_RESOURCE, inner, promoted=dict(meta + name))
    encoded = (("apiVersion", one.api_version), ("kind", one.kind), ("name", one.name), ("namespace", one.namespace))
    shown = tuple(pair for pair in encoded if pair[1])
    return GoStruct(_OBJECT, (("ResourceIdentifier", resource),), promoted=dict((*inner, *meta, *name)), encoded=shown)


def _changes(changes: Iterable[ChangeView]) -> GoSlice:
    items = tuple(map(_change, changes))
    return GoSlice(items, _CHANGES, nil=not items)


def _objects(objects: Mapping[ObjectView, Iterable[ChangeView]]) -> GoMap:
    return GoMap({_object(one): _changes(changes) for one, changes in objects.items()}, _OBJECT_CHANGES)


def _changed(changed: ChangedView) -> GoStruct:
    files = {str(path): _objects(objects) for path, objects in changed.file_changes.items()}
    methods = {
        "Changes": GoMethod(functools.cache(lambda: _changes(changed.changes()))),
        "Objects": GoMethod(functools.cache(lambda: _objects(changed.objects()))),
    }
    return GoStruct(
        _RESULT, (("FileChanges", GoMap(files, map_of(STRING, _OBJECT_CHANGES), nil=not files)),), methods=methods
    )


def _image(image: ImageView) -> GoStruct:
    """An ImageRef: everything about it is a method."""
    answers: dict[str, Any] = {
        "String": image.text,
        "Identifier": image.identifier,
        "Repository": image.repository,
        "Registry": image.registry,
        "Name": image.name,
        "Policy": _name(image.policy),
    }
    methods = {name: GoMethod(lambda answer=answer: answer) for name, answer in answers.items()}
    return GoStruct(_IMAGE, (), methods=methods, string=image.text)


def _images(images: Iterable[ImageView]) -> GoSlice:
    items = tuple(map(_image, images))
    return GoSlice(items, _IMAGES, nil=not items)


def _object_images(objects: Mapping[ObjectView, Iterable[ImageView]]) -> GoMap:
    return GoMap({_object(one): _images(images) for one, images in objects.items()}, _OBJECT_IMAGES)


def _updated(updated: UpdatedView) -> GoStruct:
    files = {
        str(path): GoStruct(_FILE_RESULT, (("Objects", _object_images(one.objects)),))
        for path, one in updated.files.items()
    }
    methods = {
        "Images": GoMethod(functools.cache(lambda: _images(updated.images()))),
        "Objects": GoMethod(functools.cache(lambda: _object_images(updated.objects()))),
    }
    return GoStruct(_OLDER, (("Files", GoMap(files, map_of(STRING, _FILE_RESULT))),), methods=methods)
