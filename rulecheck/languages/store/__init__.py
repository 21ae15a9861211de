"""What the readers of all languages share: which files are read, their bytes and text, the cache, and processes."""
