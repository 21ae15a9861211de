"""Reading Julia source: modules, types, methods and derivative rules, without Julia and without running anything."""
