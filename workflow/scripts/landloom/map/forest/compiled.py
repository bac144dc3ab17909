"""The prediction's kernels, as the cache of compiled ones takes them."""

from __future__ import annotations

from landloom.map.forest.forest import compile_kernel, compile_vectors
from landloom.map.forest.vectors import lacking
from landloom.map.kernel_cache import Kernel

PREDICTION = Kernel("landloom.map.forest.kernel", "prediction", compile_kernel)

VECTORS = Kernel(
    "landloom.map.forest.vector_kernel",
    "prediction in vectors",
    compile_vectors,
    written_in=(
        "landloom.map.forest.vector_roots",
        "landloom.map.forest.vector_code",
        "landloom.map.forest.vector_instructions",
    ),
    lacking=lacking,
)
