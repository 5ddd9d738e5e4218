"""The project's words as frozen types, and its errors; standard library only."""
