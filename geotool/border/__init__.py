"""Which landmark has a road, which road next? Modules in their order: landmarks, access."""
