"""The chat interface that OpenAI's clients speak, as far as answers from documents go."""
