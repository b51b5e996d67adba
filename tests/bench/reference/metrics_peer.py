#!/usr/bin/env python3
"""Times mir_eval's BSS Eval v3 on the clip that tests/bench/metrics.c wrote: prints its processor time in
seconds (the better of two runs), the BLAS that NumPy uses, and SDR ISR SIR SAR of each source.

Usage: metrics_peer.py FOLDER CHANNELS
"""

import ctypes
import sys
import time
import warnings

import mir_eval
import numpy as np

N_SOURCES = 4


def read(folder, kind, channels):
    raw = [np.fromfile(f"{folder}/{kind}{j}.raw", dtype=np.float32) for j in range(N_SOURCES)]
    return np.array([r.reshape(-1, channels) for r in raw], dtype=np.float64)


def blas_name():
    with open("/proc/self/maps") as maps:
        paths = sorted({line.split()[-1] for line in maps if "blas" in line.rsplit("/", 1)[-1]})
    for path in paths:
        library = ctypes.CDLL(path)
        if hasattr(library, "openblas_get_config"):
            library.openblas_get_config.restype = ctypes.c_char_p
            library.openblas_get_corename.restype = ctypes.c_char_p
            config, core = library.openblas_get_config(), library.openblas_get_corename()
            return f"{config.decode()}, core {core.decode()}"
    return ", ".join(paths) or "none found"


def main():
    warnings.simplefilter("ignore")
    folder, channels = sys.argv[1], int(sys.argv[2])
    sources, estimates = read(folder, "source", channels), read(folder, "estimate", channels)
    seconds = np.inf
    for _ in range(2):
        started = time.process_time()
        if channels == 1:
            sdr, sir, sar, _ = mir_eval.separation.bss_eval_sources(sources[..., 0], estimates[..., 0], False)
            isr = np.full_like(sdr, np.nan)
        else:
            sdr, isr, sir, sar, _ = mir_eval.separation.bss_eval_images(sources, estimates, False)
        seconds = min(seconds, time.process_time() - started)
    print("%.3f" % seconds)
    print(blas_name())
    for row in zip(sdr, isr, sir, sar):
        print(" ".join("%.6f" % v for v in row))


if __name__ == "__main__":
    main()
