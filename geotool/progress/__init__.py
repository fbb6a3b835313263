"""What is handed over and what blocks? Modules in their order: events, handover, blockers."""
