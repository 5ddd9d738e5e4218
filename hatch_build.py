"""Build hook: the browser's part is built once and travels in the wheel."""
