"""What is true of any Julia program, whatever system differentiates it: types, methods, witnesses, names, edits."""
