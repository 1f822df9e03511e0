"""Formulas as on a blackboard: the text that is shown is the text that is computed.

>>> evaluate("12·L·D² + V·D", {"L": 12, "D": 768, "V": 50257})
123532032
"""

import ast
import functools
import math
import operator
import re

# What a blackboard writes -> what Python reads.
SIGNS = str.maketrans({"·": "*", "×": "*", "−": "-", "÷": "/", "²": "**2", "³": "**3", "⌈": "ceil(", "⌉": ")"})
SIGNS |= str.maketrans({"^": "**"})
OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
FUNCTIONS = {"min": min, "max": max, "ceil": math.ceil, "sqrt": math.sqrt, "log": math.log, "exp": math.exp}
NAME = re.compile(r"(?<!\d)[^\W\d²³][^\W²³]*")


def evaluate(formula, values):
    """The value of a formula.

    Args:
        formula: text with `+ − · / ^ ² ³ ⌈ ⌉ ( )`, numbers, names, and `min max ceil sqrt log exp`.
        values: mapping of each name in it -> number. Integers stay exact where nothing is divided.

    Returns:
        An integer or a float.

    Raises:
        KeyError: A name has no value.
        ValueError: The text is not a formula.
    """
    return _value(_tree(formula), values)


def names(formula):
    """The names in a formula, in the order in which they appear, without its functions."""
    return list(dict.fromkeys(name for name in NAME.findall(formula) if name not in FUNCTIONS))


def with_numbers(formula, shown):
    """The formula with numbers in the place of its names.

    Args:
        formula: text as for `evaluate`.
        shown: mapping of name -> text.
    """
    return NAME.sub(lambda found: shown.get(found[0], found[0]), formula)


@functools.cache
def _tree(formula):
    try:
        return ast.parse(formula.translate(SIGNS), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"This is not a formula: {formula!r}") from error


def _value(node, values):
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=sign, right=right):
            return OPERATIONS[type(sign)](_value(left, values), _value(right, values))
        case ast.UnaryOp(op=ast.USub() as sign, operand=operand):
            return OPERATIONS[type(sign)](_value(operand, values))
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in FUNCTIONS:
            return FUNCTIONS[name](*(_value(argument, values) for argument in arguments))
    raise ValueError(f"A formula has numbers, names, + − · / ^ and {', '.join(FUNCTIONS)}. Received: {ast.dump(node)}")
