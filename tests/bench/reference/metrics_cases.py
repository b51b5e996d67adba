"""The drawn cases on which measures are compared, in integers alone.

tests/core/metrics/cases.c draws the same numbers: SplitMix64, integer taps, shifts that round down. A sample
is an integer below 2**24 divided by 2**20, so 32-bit floats hold it exactly, and only scores need be stored.
"""

import numpy as np

SCALE = 2.0 ** -20
SILENT_WINDOW, NEAR_SILENT, LEFT_ONLY, LEAKY = 1, 2, 4, 8

# name: seed, sources, channels, samples, features (rate 8000)
RATE = 8000
CASES = {
    "mono-2": (1, 2, 1, 24000, 0),
    "mono-2-odd": (2, 2, 1, 19997, LEAKY),
    "mono-2-silent-window": (3, 2, 1, 32500, SILENT_WINDOW),
    "mono-2-near-silent": (4, 2, 1, 24001, NEAR_SILENT),
    "mono-2-short": (5, 2, 1, 5000, 0),
    "mono-3": (6, 3, 1, 24000, LEAKY),
    "mono-3-odd": (7, 3, 1, 17777, 0),
    "mono-3-silent-window": (8, 3, 1, 33333, SILENT_WINDOW | LEAKY),
    "mono-4": (9, 4, 1, 24000, 0),
    "mono-4-near-silent": (10, 4, 1, 28000, NEAR_SILENT | LEAKY),
    "mono-1": (11, 1, 1, 16500, 0),
    "stereo-1": (12, 1, 2, 16500, 0),
    "stereo-2": (13, 2, 2, 24000, 0),
    "stereo-2-odd": (14, 2, 2, 20011, LEAKY),
    "stereo-2-silent-window": (15, 2, 2, 32123, SILENT_WINDOW),
    "stereo-2-near-silent": (16, 2, 2, 24000, NEAR_SILENT),
    "stereo-2-left-only": (17, 2, 2, 24500, LEFT_ONLY),
    "stereo-2-short": (18, 2, 2, 7000, LEAKY),
    "stereo-3": (19, 3, 2, 24100, LEAKY),
    "stereo-4": (20, 4, 2, 26000, 0),
}


def bits(stream, n):
    """The first n outputs of SplitMix64 seeded with `stream`."""
    with np.errstate(over="ignore"):
        z = np.uint64(stream) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def top(stream, n, n_bits):
    """Signed integers of n_bits bits from the top of each output."""
    return (bits(stream, n) >> np.uint64(64 - n_bits)).astype(np.int64) - (1 << (n_bits - 1))


def delayed(x, delay):
    return np.concatenate([np.zeros(delay, dtype=np.int64), x])[: len(x)]


def draw(name):
    """sources and estimates, integers [source][channel][sample]."""
    seed, n_sources, n_channels, n, features = CASES[name]
    base = seed * 100000
    sources = np.zeros((n_sources, n_channels, n), dtype=np.int64)
    for j in range(n_sources):
        common = top(base + 1000 * j, n, 16)
        gains = (bits(base + 1000 * j + 1, n // 1000 + 1) >> np.uint64(60)).astype(np.int64) + 1
        for c in range(n_channels):
            noise = (3 * common + top(base + 1000 * j + 10 + c, n, 16)) >> 2
            taps = top(base + 1000 * j + 20 + c, 32, 8) * (32 - np.arange(32))
            x = np.convolve(noise, taps)[:n] >> 14
            x = (x * gains[np.arange(n) // 1000]) >> 4
            if features & NEAR_SILENT and j == n_sources - 1:
                x = x >> 10
            if features & LEFT_ONLY and j == 0 and c == 1:
                x = x * 0
            sources[j, c] = x
    if features & SILENT_WINDOW:
        sources[0, :, RATE : 2 * RATE] = 0
    estimates = np.zeros_like(sources)
    for j in range(n_sources):
        for c in range(n_channels):
            p = bits(base + 1000 * j + 30 + c, 64)
            at = 0
            y = np.zeros(n, dtype=np.int64)
            for k in range(n_sources):
                for d in range(n_channels):
                    for echo in range(2):
                        delay = int(p[at] % np.uint64(500 if echo else 30))
                        gain = int(p[at] >> np.uint64(58)) - 32  # -32 … 31
                        at += 1
                        if k == j and d == c and echo == 0:
                            gain = 224 + gain
                            delay = delay if j % 2 else 0
                        elif k != j and not features & LEAKY:
                            gain = gain >> 2
                        y += gain * delayed(sources[k, d], delay)
            noise = top(base + 1000 * j + 40 + c, n, 16)
            estimates[j, c] = (y + (8 << j) * noise) >> 8
    return sources, estimates


def samples(name):
    sources, estimates = draw(name)
    assert max(np.abs(sources).max(), np.abs(estimates).max()) < 1 << 24
    return sources * SCALE, estimates * SCALE
