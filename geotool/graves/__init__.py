"""Which graves move, and where to? Modules in their order: receiving, demand."""
