"""Plans a release as a value: selection, splits, statistics, card.

`plan.plan_release` turns candidates of the catalogue into a `Plan`: the rows of `clips.jsonl`, the consents
and `release.json`. All else in a tree is derived from these: by `card`, `datasheet`, `leakage`, `publish/`.
"""
