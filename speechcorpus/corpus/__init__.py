"""Plans a release as a value: selection, splits, statistics, card."""
