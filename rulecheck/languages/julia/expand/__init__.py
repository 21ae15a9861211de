"""The top level of a package followed as far as definitions hang on it: modules, loops, `@eval`, macros."""
