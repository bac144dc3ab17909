"""The prediction's kernel, as the cache of compiled ones takes it."""

from __future__ import annotations

from landloom.map.forest.forest import compile_kernel
from landloom.map.kernel_cache import Kernel

PREDICTION = Kernel("landloom.map.forest.kernel", "prediction", compile_kernel)
