#!/usr/bin/env python3
"""Writes tests/golden/metrics/scores.txt: what other programs score on the drawn cases.

bss3-* comes from mir_eval (bss_eval_sources for one channel, bss_eval_images for more, no permutation), the
rest from the definitions written out below. Needs python3-numpy, python3-scipy and python3-mir-eval.
Usage: metrics_golden.py OUTPUT
"""

import sys

import mir_eval
import numpy as np
from scipy.linalg import toeplitz
from scipy.signal import correlate, fftconvolve

from metrics_cases import CASES, RATE, samples

TAPS = 512


def db(signal, error):
    with np.errstate(divide="ignore", invalid="ignore"):
        return 10 * np.log10(np.float64(signal) / np.float64(error))


def lagged(a, b):
    """Σ_u a[u]·b[u+lag] for lag = −511 … 511."""
    full = correlate(b, a, mode="full", method="fft")
    return full[len(a) - TAPS : len(a) + TAPS - 1]


def distortion_filters(references, estimate):
    """Least squares of estimate[channel] on the delayed references[signal]: [signal][tap][channel]."""
    k = len(references)
    matrix = np.zeros((k * TAPS, k * TAPS))
    right = np.zeros((k * TAPS, len(estimate)))
    for i in range(k):
        for m in range(k):
            r = lagged(references[i], references[m])
            # row a, column b: lag a − b
            matrix[i * TAPS : (i + 1) * TAPS, m * TAPS : (m + 1) * TAPS] = toeplitz(
                r[TAPS - 1 :], r[TAPS - 1 :: -1]
            )
        for c, channel in enumerate(estimate):
            right[i * TAPS : (i + 1) * TAPS, c] = lagged(references[i], channel)[TAPS - 1 :]
    matrix += np.finfo(float).eps * np.eye(len(matrix))
    return np.linalg.solve(matrix, right).reshape(k, TAPS, len(estimate))


def filtered(references, filters):
    n = references.shape[1] + TAPS - 1
    out = np.zeros((filters.shape[2], n))
    for signal, taps in zip(references, filters):
        for c in range(len(out)):
            out[c] += fftconvolve(signal, taps[:, c])
    return out


def image_scores(references, j, estimate, to_all, to_own):
    """SDR, ISR, SIR, SAR of one window: references[source][channel][sample]."""
    n_sources, n_channels, n = references.shape
    pad = np.zeros((n_channels, TAPS - 1))
    true = np.hstack([references[j], pad])
    own = filtered(references[j], to_own)
    every = filtered(references.reshape(-1, n), to_all)
    spatial = own - true
    interference = every - own
    artefact = np.hstack([estimate, pad]) - every
    total = spatial + interference + artefact
    power = lambda x: np.sum(x**2)
    return np.array(
        [
            db(power(true), power(total)),
            db(power(true), power(spatial)),
            db(power(true + spatial), power(interference)) if n_sources > 1 else np.inf,
            db(power(true + spatial + interference), power(artefact)),
        ]
    )


def windows(n):
    count = n // RATE if n > RATE else 1
    return [slice(t * RATE, min((t + 1) * RATE, n)) for t in range(count)]


def is_silent(signals):
    return any(np.all(signal.sum(axis=0) == 0) for signal in signals)


def bss4(sources, estimates):
    """Per source: curves [window][4] and the whole track [4]."""
    n_sources, n_channels, n = sources.shape
    curves, whole = [], []
    for j in range(n_sources):
        to_all = distortion_filters(sources.reshape(-1, n), estimates[j])
        to_own = distortion_filters(sources[j], estimates[j])
        rows = []
        for w in windows(n):
            if is_silent(sources[:, :, w]) or is_silent(estimates[:, :, w]):
                rows.append(np.full(4, np.nan))
            else:
                rows.append(image_scores(sources[:, :, w], j, estimates[j][:, w], to_all, to_own))
        curves.append(np.array(rows))
        whole.append(image_scores(sources, j, estimates[j], to_all, to_own))
    return curves, whole


def bss3(sources, estimates):
    if sources.shape[1] == 1:
        sdr, sir, sar, _ = mir_eval.separation.bss_eval_sources(sources[:, 0], estimates[:, 0], False)
        return np.array([sdr, np.full_like(sdr, np.nan), sir, sar]).T
    swap = lambda x: np.ascontiguousarray(np.moveaxis(x, 1, 2))
    sdr, isr, sir, sar, _ = mir_eval.separation.bss_eval_images(swap(sources), swap(estimates), False)
    return np.array([sdr, isr, sir, sar]).T


def si_sdr(s, e):
    scaled = np.sum(s * e) / np.sum(s * s) * s
    return db(np.sum(scaled**2), np.sum((scaled - e) ** 2))


def mdx(s, e):
    return db(np.sum(s**2) + 1e-7, np.sum((s - e) ** 2) + 1e-7)


def best_gain_sdr(sources, mixture, j):
    """The best median over windows of the SNR of g·mixture, on a fine grid."""
    s, x = [], []
    for w in windows(sources.shape[2]):
        if not is_silent(sources[:, :, w]) and not is_silent(mixture[None][:, :, w]):
            s.append(sources[j][:, w])
            x.append(mixture[:, w])
    energy = np.array([np.sum(a**2) for a in s])[:, None]
    product = np.array([np.sum(a * b) for a, b in zip(s, x)])[:, None]
    power = np.array([np.sum(b**2) for b in x])[:, None]
    g = np.linspace(-0.5, 1.5, 200001)[None]
    error = np.maximum(energy - 2 * g * product + g * g * power, 1e-300)
    return np.median(10 * np.log10(energy / error), axis=0).max()


def line(case, j, ident, values):
    text = " ".join("%.6f" % v for v in np.atleast_1d(values))
    return f"{case} {j} {ident} {text}\n"


def main():
    with open(sys.argv[1], "w") as out:
        out.write("# case, source, value, dB; written by tests/bench/reference/metrics_golden.py\n")
        out.write(f"# bss3 by mir_eval {mir_eval.__version__}; bss4-windows: SDR of each window\n")
        for case in CASES:
            sources, estimates = samples(case)
            curves, whole = bss4(sources, estimates)
            v3 = bss3(sources, estimates)
            mixture = sources.sum(axis=0)
            for j in range(len(sources)):
                with np.errstate(all="ignore"):
                    medians = np.nanmedian(curves[j], axis=0)
                out.write(line(case, j, "bss4", medians))
                out.write(line(case, j, "bss4-global", whole[j]))
                out.write(line(case, j, "bss3", v3[j]))
                out.write(line(case, j, "si-sdr", si_sdr(sources[j], estimates[j])))
                out.write(line(case, j, "mdx-sdr", mdx(sources[j], estimates[j])))
                for c, ident in enumerate(["sdr", "isr", "sir", "sar"]):
                    out.write(line(case, j, "windows-" + ident, curves[j][:, c]))
                out.write(line(case, j, "gain-bss4-sdr", best_gain_sdr(sources, mixture, j)))
            print(case, flush=True)


if __name__ == "__main__":
    main()
