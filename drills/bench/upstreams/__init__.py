"""Stand-ins for EDGAR and OpenAI, which FinChat depends on: real shapes and errors, and faults on demand."""
