"""From plain JSON to lsprotocol's types, strictly, with the first fault told in plain words.

lsprotocol's converter alone turns null into the text "None" and "5" into 5, and refuses columns that real editors
send to mean "the end of the line".
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from typing import Any, get_origin

import attrs
import cattrs
from cattrs.cols import list_structure_factory
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn, override
from lsprotocol import types

from caretwise.lsp import key_params
from caretwise.lsp.key_params import LARGEST
from caretwise.lsp.message import kind_of
from caretwise.lsp.plain_diagnostics import WITH_DIAGNOSTICS, plain_diagnostics

Path = tuple[str | int, ...]

_ODD = "does not have the form that LSP asks for"


class MisfitError(Exception):
    """A value that does not have the form that LSP asks for: where it is, and what would be right.

    `path` leads from `params` to the value; `reason` completes a sentence that begins with it.
    """

    def __init__(self, reason: str, path: Path = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path

    @property
    def sentence(self) -> str:
        """The fault as a sentence that names the field; it never holds the value itself."""
        where = "params" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path)
        return f"{where} {self.reason}."


def make_strict(converter: cattrs.Converter) -> None:
    """Make a converter refuse values of another type instead of turning them into what they should be."""
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _flag)
    converter.register_structure_hook(int, _number)
    converter.register_structure_hook(types.Position, _position)
    # lsprotocol's hook for this lets numbers, true and false through.
    converter.register_structure_hook(types.LanguageKind | str, lambda value, _: _text(value, str))
    converter.register_structure_hook_factory(_is_sequence, _sequence_hook)
    converter.register_structure_hook_factory(_is_lsp_object, _object_hook)


def _text(value: Any, kind: Any) -> Any:
    if kind is not str:
        return _member(value, kind)
    if not isinstance(value, str):
        raise MisfitError(f"must be text, not {kind_of(value)}")
    return value


def _flag(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise MisfitError(f"must be true or false, not {kind_of(value)}")
    return value


def _member(value: Any, kind: Any) -> Any:
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        try:
            return kind(value)
        except ValueError:
            raise MisfitError("has a value that is not known here") from None
    raise MisfitError(f"must be text or a whole number, not {kind_of(value)}")


def _whole(value: Any, path: Path = ()) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        what = "a fraction" if isinstance(value, float) else kind_of(value)
        raise MisfitError(f"must be a whole number, not {what}", path)
    return value


def _number(value: Any, kind: Any) -> Any:
    # cattrs uses the hook of `int` for enumerations of numbers too, and that of `str` for those of text.
    if kind is not int:
        return _member(value, kind)
    number = _whole(value)
    if abs(number) > LARGEST:
        raise MisfitError(f"must lie between {-LARGEST} and {LARGEST}")
    return number


def _position(value: Any, _: Any) -> types.Position:
    if not isinstance(value, dict):
        raise MisfitError(f"must be an object with line and character, not {kind_of(value)}")
    return types.Position(line=_place(value, "line"), character=_place(value, "character"))


def _place(value: dict[str, Any], name: str) -> int:
    if name not in value:
        raise MisfitError("is missing", (name,))
    number = _whole(value[name], (name,))
    if number < 0:
        raise MisfitError("must not be below 0", (name,))
    return min(number, LARGEST)


def _is_sequence(kind: Any) -> bool:
    return get_origin(kind) is Sequence


def _sequence_hook(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    inner = list_structure_factory(kind, converter)

    def hook(value: Any, target: Any) -> Any:
        if not isinstance(value, list):
            raise MisfitError(f"must be an array, not {kind_of(value)}")
        return inner(value, target)

    return hook


def _is_lsp_object(kind: Any) -> bool:
    return attrs.has(kind) and kind.__module__ == types.__name__


def _object_hook(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    names = {field.name: override(rename=_lsp_name(field.name)) for field in attrs.fields(kind)}
    inner = make_dict_structure_fn(kind, converter, **names)  # pyright: ignore[reportArgumentType] - as cattrs documents

    def hook(value: Any, target: Any) -> Any:
        if not isinstance(value, dict):
            raise MisfitError(f"must be an object, not {kind_of(value)}")
        return inner(value, target)

    return hook


def structure_params(converter: cattrs.Converter, method: str, params: Any) -> Any:
    """`params` as lsprotocol's type for `method`; plain JSON for a method that LSP does not define.

    A missing or null `params` counts as an empty object. Raises MisfitError with the first fault.
    """
    usual = key_params.read(method, params)
    if usual is not None:
        return usual
    if method not in types.METHOD_TO_TYPES:
        return params
    wanted = types.METHOD_TO_TYPES[method][2]
    if wanted is None:
        return None
    given = {} if params is None else params
    if not isinstance(given, dict):
        raise MisfitError(f"must be an object, not {kind_of(given)}")
    if method == types.INITIALIZE:
        return _structure_initialize(converter, given)
    if method == types.TEXT_DOCUMENT_DID_CHANGE:
        given = _plain_changes(given)
    if method in WITH_DIAGNOSTICS:
        given = plain_diagnostics(given, WITH_DIAGNOSTICS[method])
    return structure(converter, given, wanted)


def structure(converter: cattrs.Converter, value: Any, wanted: Any) -> Any:
    """`value` as lsprotocol's type `wanted`. Raises MisfitError with the first fault."""
    try:
        return converter.structure(value, wanted)
    except Exception as error:  # what a generated hook raises for foreign JSON is not documented
        raise _explain(first_misfit(error), value) from None


def _plain_changes(params: dict[str, Any]) -> dict[str, Any]:
    """Without `rangeLength` (deprecated, often wrong) and with a null `range` left out, as for a whole document."""
    changes = params.get("contentChanges")
    if not isinstance(changes, list):
        return params
    kept = [
        {key: value for key, value in change.items() if key == "text" or (key == "range" and value is not None)}
        if isinstance(change, dict)
        else change
        for change in changes
    ]
    return {**params, "contentChanges": kept}


def _is_container(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _holds(value: Any, key: Any) -> bool:
    if isinstance(key, int):
        return isinstance(value, list) and key < len(value)
    return isinstance(value, dict) and key in value


def _explain(misfit: MisfitError, value: Any) -> MisfitError:
    """Point at the outermost value that has the wrong kind, where the converter went on below it."""
    for depth, key in enumerate(misfit.path):
        if not _is_container(value):
            return MisfitError(f"must be an object, not {kind_of(value)}", misfit.path[:depth])
        if not _holds(value, key):
            return misfit
        value = value[key]
    if misfit.reason == _ODD and not _is_container(value):
        return MisfitError(f"cannot be {kind_of(value)}", misfit.path)
    return misfit


def _structure_initialize(converter: cattrs.Converter, params: dict[str, Any]) -> Any:
    """Leave out what we cannot read inside `capabilities` (a newer editor's values), so that the session starts."""
    params = dict(params)
    if "capabilities" in params:
        try:
            params["capabilities"] = copy.deepcopy(params["capabilities"])
        except RecursionError:
            raise MisfitError("is nested too deeply", ("capabilities",)) from None
    if params.get("trace") not in ("off", "messages", "verbose"):
        params.pop("trace", None)
    for _ in range(100):
        try:
            return structure(converter, params, types.InitializeParams)
        except MisfitError as misfit:
            if not _leave_out(params, misfit.path):
                raise
    raise MisfitError("has too many values that cannot be read", ("capabilities",))


def _leave_out(params: dict[str, Any], path: Path) -> bool:
    """Delete the innermost key of `path` that exists below `capabilities`; returns whether there was one."""
    if len(path) < 2 or path[0] != "capabilities":
        return False
    value: Any = params
    owner: tuple[Any, str] | None = None
    for depth, key in enumerate(path):
        if not _holds(value, key):
            break
        if depth > 0 and isinstance(key, str):
            owner = (value, key)
        value = value[key]
    if owner is None:
        return False
    del owner[0][owner[1]]
    return True


def structure_result(converter: cattrs.Converter, method: str, result: Any) -> Any:
    """The result of a request of ours as lsprotocol's type; plain JSON for other methods. Raises MisfitError."""
    wanted = types.METHOD_TO_TYPES.get(method, (None, None))[1]
    if wanted is None:
        return result
    return structure(converter, {"id": 0, "jsonrpc": "2.0", "result": result}, wanted).result


def first_misfit(error: BaseException, path: Path = ()) -> MisfitError:
    """The first leaf of a conversion error, with the path that leads to it in LSP's own field names."""
    while isinstance(error, BaseValidationError):
        error = error.exceptions[0]
        path += _step(error)
    if isinstance(error, MisfitError):
        return MisfitError(error.reason, path + error.path)
    if isinstance(error, RecursionError):
        return MisfitError("is nested too deeply", path)
    if isinstance(error, KeyError) and path:
        return MisfitError("is missing", path)
    # lsprotocol's range checks say which field they mean only in their text.
    ranged = re.match(r"\w+\.(\w+) should be in range", str(error)) if isinstance(error, ValueError) else None
    if ranged:
        return MisfitError("is outside the range that LSP allows", (*path, _lsp_name(ranged[1])))
    return MisfitError(_ODD, path)


def _step(error: BaseException) -> Path:
    for note in getattr(error, "__notes__", ()):
        name = getattr(note, "name", None)
        if name is not None:
            return (_lsp_name(name),)
        index = getattr(note, "index", None)
        if index is not None:
            return (index,)
    return ()


def _lsp_name(name: str) -> str:
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(part.capitalize() for part in rest)
