"""The one home of ONNX Runtime."""

import os
from typing import Any


def runtime() -> Any:
    """The module `onnxruntime`, with its reports to its makers off.

    From 1.29 on the official builds send Microsoft what models are loaded and keep an id of the machine in the home
    folder; only this variable, set before the first import, prevents both
    (https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md).
    """
    os.environ |= {"ORT_DISABLE_TELEMETRY": "1"}
    import onnxruntime  # type: ignore[import-untyped]

    return onnxruntime


def one_thread() -> Any:
    """Options of a session in which a run needs no threads of its own: texts run beside each other."""
    options = runtime().SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options
