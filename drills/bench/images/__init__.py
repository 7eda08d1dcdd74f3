"""The images of a bench: recipes, what they are made from, and the store of the host's own engine."""
