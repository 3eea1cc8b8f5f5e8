"""What binds a name and what opens a scope, grammar by grammar: data for `syntax/names.py`.

Scopes are functions, classes where their names are not seen from outside, and what each grammar adds; blocks are not told
apart, so a name that is declared in one block counts as bound in the whole function. That errs on the quiet side.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NameTable:
    """One grammar. `binds` are (node type, field) pairs: the names below that field are bound in the nearest scope.

    `outer` are those whose name belongs to the scope around the node itself (a function's name). `skipped` are (node type,
    field) pairs in which a name is no use of a variable (an attribute, a keyword). `holes` are node types inside a pattern
    that are uses and bind nothing (a default value, an attribute). `leaves` are the node types of names.
    """

    scopes: frozenset[str]
    binds: frozenset[tuple[str, str]]
    outer: frozenset[tuple[str, str]]
    skipped: frozenset[tuple[str, str]]
    holes: frozenset[str] = frozenset()
    leaves: frozenset[str] = frozenset({"identifier"})
    hoisted: frozenset[str] = frozenset()
    """Node types whose whole text of names is bound at the top (imports)."""


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset((node, field) for node, _, field in (word.partition(".") for word in text.split()))


PYTHON = NameTable(
    scopes=frozenset({"function_definition", "lambda", "class_definition", "list_comprehension", "set_comprehension",
                      "dictionary_comprehension", "generator_expression"}),
    binds=_pairs(
        "function_definition.parameters lambda.parameters assignment.left augmented_assignment.left named_expression.name "
        "for_statement.left for_in_clause.left as_pattern.alias as_pattern_target. global_statement. nonlocal_statement. "
        "except_clause.alias type_alias_statement.left function_definition.type_parameters class_definition.type_parameters "
        "case_pattern. delete_statement."
    ),
    outer=_pairs("function_definition.name class_definition.name"),
    skipped=_pairs("attribute.attribute keyword_argument.name keyword_pattern.0"),
    holes=frozenset({"attribute", "subscript", "type", "call"}),
    hoisted=frozenset({"import_statement", "import_from_statement", "future_import_statement"}),
)  # fmt: skip

_ECMA_BINDS = (
    "variable_declarator.name function_declaration.parameters function_expression.parameters arrow_function.parameters "
    "arrow_function.parameter method_definition.parameters generator_function_declaration.parameters catch_clause.parameter "
    "for_in_statement.left function_expression.name class.name required_parameter.pattern optional_parameter.pattern "
    "rest_pattern. type_parameter.name"
)
_ECMA_OUTER = (
    "function_declaration.name generator_function_declaration.name class_declaration.name abstract_class_declaration.name "
    "enum_declaration.name interface_declaration.name type_alias_declaration.name internal_module.name"
)
ECMA = NameTable(
    scopes=frozenset({"function_declaration", "function_expression", "arrow_function", "method_definition",
                      "generator_function_declaration"}),
    binds=_pairs(_ECMA_BINDS),
    outer=_pairs(_ECMA_OUTER),
    skipped=frozenset(),
    holes=frozenset({"type_annotation", "member_expression", "subscript_expression", "call_expression"}),
    leaves=frozenset({"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}),
    hoisted=frozenset({"import_statement"}),
)  # fmt: skip

GO = NameTable(
    scopes=frozenset({"function_declaration", "method_declaration", "func_literal"}),
    binds=_pairs(
        "short_var_declaration.left var_spec.name const_spec.name parameter_declaration.name range_clause.left "
        "variadic_parameter_declaration.name type_switch_statement.alias receive_statement.left "
        "type_parameter_declaration.name"
    ),
    outer=_pairs("function_declaration.name type_spec.name"),
    skipped=_pairs("keyed_element.0 keyed_element.key"),
    leaves=frozenset({"identifier"}),
    hoisted=frozenset({"import_declaration"}),
)  # fmt: skip

RUST = NameTable(
    scopes=frozenset({"function_item", "closure_expression"}),
    binds=_pairs(
        "let_declaration.pattern parameter.pattern closure_expression.parameters for_expression.pattern match_arm.pattern "
        "let_condition.pattern const_item.name static_item.name const_parameter.name"
    ),
    outer=_pairs("function_item.name mod_item.name macro_definition.name"),
    skipped=_pairs("scoped_identifier.name macro_invocation.macro"),
    holes=frozenset({"scoped_identifier", "type_identifier"}),
    leaves=frozenset({"identifier", "shorthand_field_identifier"}),
    hoisted=frozenset({"use_declaration"}),
)  # fmt: skip

JAVA = NameTable(
    scopes=frozenset({"method_declaration", "constructor_declaration", "lambda_expression"}),
    binds=_pairs(
        "variable_declarator.name formal_parameter.name catch_formal_parameter.name enhanced_for_statement.name "
        "lambda_expression.parameters resource.name instanceof_expression.name spread_parameter. type_pattern. "
        "record_pattern_component."
    ),
    outer=_pairs(
        "method_declaration.name class_declaration.name interface_declaration.name enum_declaration.name enum_constant.name "
        "record_declaration.name constructor_declaration.name"
    ),
    skipped=_pairs("method_invocation.name field_access.field labeled_statement.0 element_value_pair.key"),
    hoisted=frozenset({"import_declaration"}),
)  # fmt: skip

TABLES = {"python": PYTHON, "javascript": ECMA, "typescript": ECMA, "tsx": ECMA, "go": GO, "rust": RUST, "java": JAVA}
