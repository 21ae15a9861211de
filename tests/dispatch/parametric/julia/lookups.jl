# Writes the methods of some functions, and which of them answers calls with given argument types, as JSON lines.
# usage: julia lookups.jl SEED COUNT STUBS.jl > lookups.jsonl
include("printing.jl")
using LinearAlgebra, SparseArrays, Statistics, Random
include(abspath(ARGS[3]))
Random.seed!(parse(Int, ARGS[1]))

const FUNCTIONS = (*, +, -, /, \, ^, ==, getindex, setindex!, similar, copyto!, convert, reshape, adjoint, transpose,
    inv, sum, mul!, ldiv!, dot, kron, hcat, vcat, map, reduce, broadcast, copy, size, axes, promote_rule, in, isless,
    LinearAlgebra.norm, lu, qr, cholesky, diag, axpy!, view, iterate, length, first, collect, Base.Broadcast.broadcasted)
const TYPES = Any[Int, Float64, Bool, ComplexF64, Rational{Int}, BigFloat, String, Symbol, Nothing, Char, Colon, Real,
    Vector{Int}, Vector{Float64}, Vector{Any}, Vector{Vector{Float64}}, Matrix{Float64}, Matrix{ComplexF64}, Matrix{Int},
    Matrix{Real}, Array{Float64,3}, BitVector, UnitRange{Int}, StepRange{Int,Int}, Base.OneTo{Int}, Tuple{Int,Int},
    Tuple{}, Tuple{Int}, NTuple{3,Float64}, NamedTuple{(:a,),Tuple{Int}}, Diagonal{Float64,Vector{Float64}},
    Adjoint{Float64,Vector{Float64}}, Adjoint{Float64,Matrix{Float64}}, Transpose{Float64,Matrix{Float64}},
    Adjoint{ComplexF64,Matrix{ComplexF64}}, Symmetric{Float64,Matrix{Float64}}, Hermitian{Float64,Matrix{Float64}},
    UpperTriangular{Float64,Matrix{Float64}}, UnitLowerTriangular{Float64,Matrix{Float64}}, UniformScaling{Bool},
    Bidiagonal{Float64,Vector{Float64}}, SymTridiagonal{Float64,Vector{Float64}}, SparseMatrixCSC{Float64,Int},
    SparseVector{Float64,Int}, SubArray{Float64,1,Matrix{Float64},Tuple{Base.Slice{Base.OneTo{Int}},Int},true},
    SubArray{Float64,2,Matrix{Float64},Tuple{Vector{Int},Vector{Int}},false}, Base.ReshapedArray{Float64,2,Vector{Float64},Tuple{}},
    Diag1{Float64}, Circ{Float64}, Vec1{Float64}, OneHotish, Scaled{Float64,Diag1{Float64}}, Angle, Dual2{Float64},
    Type{Int}, Type{Float64}, Type{Vector{Float64}}, Type{Matrix}, Type{Union{Int,Missing}}, typeof(sin), typeof(+),
    LU{Float64,Matrix{Float64}}, Cholesky{Float64,Matrix{Float64}}, AbstractMatrix{Float64}, AbstractVector, Any, Number,
    Dict{Symbol,Int}, Set{Int}, Base.Generator{UnitRange{Int},typeof(sin)}, Val{2}, Pair{Int,Int}, CartesianIndex{2}]

function answer(@nospecialize(f), found, arguments)
    t = Tuple{typeof(f),arguments...}
    entry = ccall(:jl_gf_invoke_lookup, Any, (Any, UInt), t, typemax(UInt))
    text = entry !== nothing ? shown(entry.func.sig) : any(m -> t <: m.sig, found) ? "ambiguous" : "none"
    text == "none" && rand() < 0.8 && return
    written = join(Any[json(full(a)) for a in Any[typeof(f), arguments...]], ",")
    println("{\"arguments\":[", written, "],\"answer\":", json(text), "}")
end

for f in FUNCTIONS
    # Methods on types of other modules answer none of these calls, and would need those types.
    others = r"LibGit2|CHOLMOD|SPQR|UMFPACK\.|Dates|Pkg\.|REPL|SHA\.|Sockets|Markdown|Test\.|Base64|SharedArr|Distributed"
    found = filter(m -> !occursin(others, shown(m.sig)), collect(methods(f)))
    for m in found
        println("{\"signature\":", json(shown(m.sig)), ",\"at\":", json(string(basename(string(m.file)), ":", m.line)), "}")
    end
    asked = Set{Vector{Int}}()
    for _ in 1:parse(Int, ARGS[2])
        chosen = rand(1:length(TYPES), rand([1, 2, 2, 2, 3]))
        chosen in asked && continue
        push!(asked, chosen)
        answer(f, found, Any[TYPES[i] for i in chosen])
    end
end
