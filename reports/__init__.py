"""Evidence: what a run leaves behind, and what is made from it. It reads records, and asks no deployment anything."""
