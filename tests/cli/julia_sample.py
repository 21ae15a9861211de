"""Small Julia packages for the tests of the command line."""

from __future__ import annotations

from pathlib import Path

PROJECT = """\
name = "Circ"
uuid = "7b7b3a3a-1111-4444-8888-0123456789ab"
version = "0.1.0"

[deps]
ChainRulesCore = "d360d2e6-b24c-11e9-a2a3-2a2ae2dbcce4"
LinearAlgebra = "37e2e46d-f89d-539d-b4ee-838fcccc9c8e"
"""

SOURCE = """\
module Circ

using LinearAlgebra
import Base: *
import ChainRulesCore

struct Circulant{{T<:Real}} <: AbstractMatrix{{T}}
    c::Vector{{T}}
end
Base.size(A::Circulant) = (length(A.c), length(A.c))
Base.getindex(A::Circulant, i::Int, j::Int) = A.c[mod1(i - j + 1, length(A.c))]

function *(A::Circulant, b::AbstractVector{{<:Real}}){comment}
    return A.c .* b
end

loss(A::Circulant{{Float64}}, b::Vector{{Float64}}) = sum(A * b)
{more}
end
"""

MANIFEST = """\
julia_version = "1.10.0"
manifest_format = "2.0"

[[deps.ChainRulesCore]]
version = "1.26.1"
git-tree-sha1 = "0"
uuid = "d360d2e6-b24c-11e9-a2a3-2a2ae2dbcce4"

[[deps.Unheard]]
version = "1.0.0"
git-tree-sha1 = "0"
uuid = "d360d2e6-b24c-11e9-a2a3-2a2ae2dbcce5"
"""


def package(folder: Path, *, comment: str = "", more: str = "") -> Path:
    """Write a package whose product is shadowed; gives its one source file."""
    (folder / "src").mkdir(parents=True)
    (folder / "Project.toml").write_text(PROJECT)
    source = folder / "src" / "Circ.jl"
    source.write_text(SOURCE.format(comment=comment, more=more))
    return source
