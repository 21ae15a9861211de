"""Source files to facts, and facts to a program that can be asked. Nothing that is read is imported or executed."""
