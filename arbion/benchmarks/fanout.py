"""Fan-out: one process sends each tick to many sockets, beside a bare broadcast of frames of the same size."""

from __future__ import annotations

from arbion.benchmarks.figures import Figures


def measure(*, seconds: float, small: bool) -> Figures:
    return {}
