/* Generated sounds for tests, benchmarks and lessons. All write n samples of one channel; full scale is ±1.
 * Threads: no shared state. Audio callback: allowed. */
#pragma once

#include <stdint.h>

#include "core/base/random.h"

/* amplitude · sin(2π·freq·i/rate) */
void sg_signal_sine(float *out, int64_t n, double rate_hz, double freq_hz, float amplitude);

/* Uniform white noise in ±amplitude. */
void sg_signal_noise(float *out, int64_t n, float amplitude, SgRandom *random);

/* A band in miniature, added to what is there: a noise burst that decays within 50 ms each `beat_s`, over two
 * steady notes. Percussive and harmonic, as HPSS wants it. */
void sg_signal_add_beat(float *inout, int64_t n, double rate_hz, double beat_s, SgRandom *random);
void sg_signal_add_notes(float *inout, int64_t n, double rate_hz, double freq_hz);
