"""What `using`, `import` and `export` say of a module's names."""

from __future__ import annotations

from rulecheck.languages.julia.expand.definer import Definer
from rulecheck.languages.julia.expand.unresolved import StatementScope
from rulecheck.languages.julia.syntax.trees import Ast


def imports(e: Definer, ast: Ast, scope: StatementScope) -> None:
    """`using` and `import` in all their forms."""
    _, keyword, paths = ast
    module = scope.module
    for dots, names, alias, selected in paths:
        if selected is not None:
            for name, local in selected:
                if not name.startswith("@"):  # a macro hides no function of its name
                    module.imports[local] = (dots, names, name)
        elif keyword == "using":
            module.using.append((dots, names))
            module.imports.setdefault(names[-1], (dots, names, None))
        elif len(names) > 1 or dots:
            # `import A.b` brings b itself, whether it is a module or a function.
            if len(names) > 1:
                module.imports[alias or names[-1]] = (dots, names[:-1], names[-1])
            else:
                module.imports[alias or names[-1]] = (dots, (), names[-1])
        else:
            module.imports[alias or names[0]] = (0, names, None)


def export(e: Definer, ast: Ast, scope: StatementScope) -> None:
    """`export a, b`."""
    for name in ast[1]:
        scope.module.exports[name.lstrip("@")] = None
