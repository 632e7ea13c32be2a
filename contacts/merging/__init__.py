"""Finding contacts that mean the same person, folding them into one, and taking them apart again."""
