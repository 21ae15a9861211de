"""Names resolved to the modules that define them: from what a package's files say to its facts."""
