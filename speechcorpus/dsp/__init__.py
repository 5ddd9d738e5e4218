"""Array mathematics: framing, weighting, level, loudness, voice activity, spectrum."""
