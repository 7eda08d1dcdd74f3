"""Evidence: what a run leaves behind, and what is made from it. It executes nothing: it reads records."""
