"""What answers for packages that a project depends on: packs, manifests, and the installation on this machine."""
