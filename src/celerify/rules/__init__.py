"""THE CHECKLIST AS DATA: a package per phase, a module per section, a literal per item."""
