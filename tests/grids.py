"""Small grids of the two stages of tuning."""

from __future__ import annotations

TREES = 8
STAGE1 = {
    "max_features": ["sqrt", "n/4", 0.5],
    "max_depth": [5, None, 8],
    "min_samples_leaf": [1, 4],
}
STAGE2 = {
    "n_estimators": [3, TREES, 5],
    "min_samples_split": [2, 10],
    "class_weight": [None, "balanced", "balanced_subsample"],
}
