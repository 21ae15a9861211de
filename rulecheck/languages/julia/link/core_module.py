"""What Julia's Core holds that is made in C and stands in no Julia source."""

from __future__ import annotations

from functools import cache

from rulecheck.languages.julia.facts import ANY, JuliaAlias, JuliaModule, JuliaType, TypeExpr, Variable
from rulecheck.place import Place

# name, kind, parameters (a bound after `<:`), supertype
DECLARED = """
Any abstract - Any
Type abstract T Any
Vararg abstract T,N Any
Tuple struct - Any
NamedTuple struct names,T<:Tuple Any
Union struct - Type
UnionAll struct - Type
DataType mutable - Type
TypeofBottom struct - Type
TypeVar mutable - Any
TypeName mutable - Any
Symbol mutable - Any
SimpleVector mutable - Any
Module mutable - Any
Method mutable - Any
MethodTable mutable - Any
MethodInstance mutable - Any
CodeInstance mutable - Any
CodeInfo mutable - Any
TypeMapLevel mutable - Any
TypeMapEntry mutable - Any
Nothing struct - Any
Function abstract - Any
Builtin abstract - Function
IntrinsicFunction primitive - Builtin
AbstractArray abstract T,N Any
DenseArray abstract T,N AbstractArray{T,N}
Array mutable T,N DenseArray{T,N}
Ref abstract T Any
Ptr primitive T Ref{T}
LLVMPtr primitive T,AS Ref{T}
AddrSpace primitive Backend Any
GenericMemory mutable kind,T,AS DenseArray{T,1}
GenericMemoryRef struct kind,T,AS Ref{T}
Bool primitive - Integer
UInt8 primitive - Unsigned
Int32 primitive - Signed
UInt32 primitive - Unsigned
Int64 primitive - Signed
UInt64 primitive - Unsigned
UInt16 primitive - Unsigned
AbstractString abstract - Any
String mutable - AbstractString
Expr mutable - Any
LineNumberNode struct - Any
LineInfoNode struct - Any
GotoNode struct - Any
PiNode struct - Any
PhiNode struct - Any
PhiCNode struct - Any
UpsilonNode struct - Any
QuoteNode struct - Any
GlobalRef struct - Any
NewvarNode struct - Any
SSAValue struct - Any
SlotNumber struct - Any
Argument struct - Any
TypedSlot struct - Any
Task mutable - Any
"""

BUILTINS = [
    "===",
    "<:",
    "typeof",
    "isa",
    "typeassert",
    "throw",
    "tuple",
    "getfield",
    "setfield!",
    "fieldtype",
    "nfields",
    "isdefined",
    "ifelse",
    "applicable",
    "invoke",
    "sizeof",
    "apply_type",
    "svec",
    "_apply",
    "_apply_latest",
    "_apply_iterate",
    "_expr",
    "_typevar",
    "arrayref",
    "arrayset",
    "arraysize",
    "const_arrayref",
    "eval",
    "include",
    "kwfunc",
    "kwftype",
    "getproperty",
    "setproperty!",
    "print",
    "println",
    "show",
    "iterate",
    "Typeof",
]


@cache
def core_types() -> tuple[JuliaType, ...]:
    """Core's types that have no source; Julia's own names for their parameters."""
    made: list[JuliaType] = []
    for row in DECLARED.strip().splitlines():
        name, kind, parameters, above = row.split(" ", 3)
        variables = tuple(_variable(p) for p in parameters.split(",")) if parameters != "-" else ()
        made.append(JuliaType(f"Core.{name}", kind, variables, _supertype(above), Place("julia/boot.jl", 1)))
    return tuple(made)


def _variable(text: str) -> Variable:
    name, _, upper = text.partition("<:")
    return (name, None, ("name", f"Core.{upper}") if upper else None)


def _supertype(text: str) -> TypeExpr:
    name, _, rest = text.partition("{")
    if name == "Any":
        return ANY
    if not rest:
        return ("name", f"Core.{name}")
    arguments = tuple(("value", v) if v.isdigit() else ("var", v) for v in rest.rstrip("}").split(","))
    return ("apply", ("name", f"Core.{name}"), arguments)


@cache
def core_aliases() -> tuple[JuliaAlias, ...]:
    """`Int` on a 64-bit machine."""
    return (JuliaAlias("Core.Int", (), ("name", "Core.Int64"), Place("julia/boot.jl", 1)),)


@cache
def core_module() -> JuliaModule:
    """Core as it stands before boot.jl is read."""
    kinds = dict.fromkeys(BUILTINS, "function")
    kinds |= {t.name.removeprefix("Core."): "type" for t in core_types()}
    kinds |= {"Int": "alias", "Main": "module"}
    return JuliaModule("Core", True, kinds, {}, (), tuple(BUILTINS[:13]))
