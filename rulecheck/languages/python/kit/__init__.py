"""What Python knows, for any system: each part takes what it needs of a program, and none knows a system."""
