"""What is shipped of how long the jobs of each rule take: ``base + rate x size`` seconds.

What a size is, is told in `landloom.run.sizes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Row(NamedTuple):
    """What is expected of the jobs of a rule.

    Attributes
    ----------
    base
        Seconds of a job that has nothing to do.
    rate
        Seconds for each unit of its size: `landloom.run.sizes` has what these are.
    """

    base: float
    rate: float = 0.0


# Measured on two cores, from a job's start to its end as Snakemake sees it (the demo; Zion; maps of
# 1 to 64 blocks; grids of forests of 100 to 1,200 trees).
SHIPPED: Mapping[str, Row] = {
    "demo_landcover": Row(1.0, 17.0),  # square degrees
    "demo_tile": Row(1.0, 8.0),
    "demo_map_inputs": Row(8.0),
    "demo_later_embedding": Row(6.0),
    "download": Row(60.0),
    "join_landcover": Row(3.0),
    "inspect_landcover": Row(0.4),
    "extract_cells": Row(0.3, 0.1),  # millions of source pixels, as the others of the dataset
    "class_distribution": Row(0.5, 0.02),
    "split": Row(1.1),
    "elevation_tile": Row(1.0),
    "elevation_tiles": Row(0.5),
    "join_elevation": Row(0.6),
    "elevation_mosaic": Row(0.2, 1.0),
    "relief_cells": Row(0.3, 0.12),
    "stack": Row(0.5, 0.1),
    "certificate": Row(0.6, 0.4),
    "dataset_index": Row(1.5),
    "dataset_croissant": Row(1.5),
    "datasheet": Row(0.6),
    "autocorrelation": Row(1.4),
    "dataset_chips": Row(3.0),
    "dataset_shards": Row(1.5),
    "dataset_zarr": Row(2.0),
    "figure_split": Row(1.6),
    "figure_places": Row(1.2),
    "figure_patches": Row(1.6),
    "figure_classes": Row(1.5),
    "figure_relief": Row(1.6),
    "figure_mosaic": Row(1.4),
    "figure_terrain": Row(0.8, 0.0022),  # frames, of one surface each
    "own_files": Row(0.3),
    "files_behind": Row(0.2),
    "sources": Row(0.15),
    "notes": Row(0.2),
    "index": Row(0.2),
    "configuration": Row(0.1),
    "run_tables": Row(0.4),
    "dataset_tables": Row(0.5),
    "embedding_index": Row(30.0),
    "embedding_windows": Row(2.0),
    "embedding_window": Row(5.0, 0.5),  # millions of pixels, of 64 bands
    "embedding_served": Row(0.6),
    "inspect_embedding": Row(0.6),
    "import_model": Row(1.5),
    "reference_points": Row(1.0, 1e-5),  # points
    "point_vectors": Row(1.4, 2e-4),
    "samples": Row(1.4),
    "check_folds": Row(1.2),
    "check_tuning": Row(0.2),
    "tune_stage1": Row(1.0, 1.0),  # seconds of one thread that grows trees
    "tune_stage2": Row(1.0, 1.0),
    "stage1": Row(1.2),
    "stage2": Row(1.2),
    "tune_kind": Row(10.0),
    "compare_kind": Row(10.0),
    "compare_cpu": Row(10.0),
    "compare_table": Row(0.6),
    "accuracy": Row(1.5, 1.0),
    "model": Row(1.6, 1.0),
    "export_model": Row(3.0, 2.0),
    "crossval_places": Row(1.5),
    "crossval_folds": Row(2.0),
    "tuning_folds": Row(2.0),
    "crossval_fold": Row(1.5, 1.0),
    "crossval": Row(1.5),
    "compile_kernel": Row(5.5),
    "compile_search": Row(4.5),
    "plan_map": Row(0.5),
    "predict_block": Row(1.2, 0.8),  # seconds of one thread that walks trees
    "mosaic_block": Row(0.8, 0.5),  # millions of pixels
    "landcover_map": Row(0.6, 0.2),
    "confidence_map": Row(0.6, 0.2),
    "probability_map": Row(0.8, 0.8),
    "zone_landcover": Row(0.6, 0.2),
    "zone_confidence": Row(0.6, 0.2),
    "zone_probabilities": Row(0.8, 0.8),
    "generalised_map": Row(1.5, 0.5),
    "map_polygons": Row(1.5, 2.0),
    "class_areas": Row(0.8, 0.05),
    "validation_sample": Row(1.5, 0.05),
    "validation": Row(1.5, 0.05),
    "applicability_samples": Row(2.0, 1.0),
    "applicability_block": Row(1.0, 1.0),
    "applicability_mosaic": Row(0.8, 0.5),
    "dissimilarity_map": Row(0.6, 0.3),
    "applicability_map": Row(0.6, 0.2),
    "point_density_map": Row(0.6, 0.3),
    "applicability": Row(1.2, 0.1),
    "check_calibration": Row(0.6),
    "calibration": Row(1.5),
    "calibrate_block": Row(0.6, 0.3),
    "calibrated_confidence_map": Row(0.6, 0.2),
    "set_size_map": Row(0.6, 0.2),
    "class_set_map": Row(0.6, 0.2),
    "year_areas": Row(0.6),
    "figure_years": Row(1.3),
    "map_report": Row(0.8),
    "map_item": Row(0.8),
    "model_item": Row(1.0),
    "map_tables": Row(0.5),
    "figure_landcover": Row(2.6, 0.1),
    "figure_confidence": Row(2.8, 0.1),
    "figure_closeup": Row(4.0),
    "figure_report": Row(1.3),
    "figure_accuracy": Row(1.3),
    "figure_tuning": Row(1.2),
    "figure_reliability": Row(1.0),
    "figure_applicability": Row(2.6, 0.1),
    "map_page": Row(2.2, 1.0),
}

UNKNOWN = Row(2.0)
"""A rule that is not listed, as one of a workflow around this one."""
