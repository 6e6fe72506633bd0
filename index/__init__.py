"""Articles in, hits out. Knows nothing of questions, chat or answers."""
