"""How many examples a property is tried on."""

import os


def many(examples: int) -> int:
    """Return so many for `make soak`; a fifth for the suite, which tries the same ones each time."""
    return examples if os.environ.get("SOAK") else examples // 5
