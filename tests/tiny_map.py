"""The configuration of a map that is made in seconds."""

from __future__ import annotations

from typing import Any

MAP_CONFIG: dict[str, Any] = {
    "results": "results",
    "map": {
        "embedding": {"raster": "in/embedding.tif", "encoding": "alphaearth"},
        "reference": {"raster": "in/worldcover.tif", "classes": "worldcover", "n_points": 600},
        "samples": {"n": 300},
        "tuning": {
            "folds": 3,
            "stage1": {
                "max_features": ["sqrt", "n/8"],
                "max_depth": [None, 4],
                "min_samples_leaf": [1],
            },
            "stage2": {
                "n_estimators": [10, 20],
                "min_samples_split": [2],
                "class_weight": [None, "balanced"],
            },
        },
        "predict": {"block": 64},
    },
}
