/* Short-time Fourier transform and its exact inverse.
 *
 * Frame t is centred on sample t·hop and covers samples t·hop − N/2 … t·hop + N/2 − 1 (zero outside the
 * song), t = 0 … n_frames − 1 with n_frames = ⌈n_samples/hop⌉ + 1, so that every sample lies in at least two
 * frames. Window: periodic Hann, w[n] = ½ − ½ cos(2πn/N), for analysis and synthesis; hop = N/4. X(t,k) = Σ_n
 * w[n] · x[t·hop − N/2 + n] · e^(−2πikn/N),  k = 0 … N/2 x[m]   = Σ_t w[m − t·hop + N/2] · IDFT(X(t,·))[m −
 * t·hop + N/2]  /  Σ_t w²[m − t·hop + N/2] (weighted overlap-add; Griffin and Lim 1984, eq. 6). The
 * denominator is 3/2 inside the song and is computed from the frames that exist at both ends, so the round
 * trip is exact for any length ≥ 1. Overlap-add runs in ascending t from zero: a sample has the same bytes in
 * whatever block it is computed.
 *
 * Ownership: SgStft is immutable and shared; one SgStftWork a thread. Free with the _free functions, which
 * ignore NULL. Threads: any number on one SgStft. Audio callback: never (too slow, though it does not
 * allocate).
 */
#pragma once

#include <stdint.h>

#include "core/dsp/fft.h"

typedef struct {
  uint32_t window; /* N in samples, of the form 2^a·3^b·5^c, divisible by 4 */
  uint32_t hop;    /* N/4 */
  uint32_t n_bins; /* N/2 + 1 */
} SgStftSize;

/* 4096/1024 at 44.1 kHz; at other rates the permitted N nearest to 4096·rate/44100 (the smaller of two). */
SgStftSize sg_stft_size_for_rate(uint32_t rate_hz);
int64_t sg_stft_n_frames(SgStftSize size, int64_t n_samples);

/* First sample that frame `frame` covers; may be negative. */
int64_t sg_stft_frame_start(SgStftSize size, int64_t frame);

/* The frames that touch samples start…start+n−1 of a song of n_frames frames: *out_first and the count. */
int64_t sg_stft_frames_touching(SgStftSize size, int64_t n_frames, int64_t start, int64_t n,
                                int64_t *out_first);

typedef struct SgStft SgStft;
typedef struct SgStftWork SgStftWork;

SgStft *sg_stft_new(SgStftSize size);
void sg_stft_free(SgStft *stft);
SgStftSize sg_stft_size(const SgStft *stft);
SgStftWork *sg_stft_work_new(const SgStft *stft);
void sg_stft_work_free(SgStftWork *work);

/* samples[(n_frames−1)·hop + N], the first being sample sg_stft_frame_start(first frame) of the song →
 * out_bins[n_frames][n_bins]. */
void sg_stft_analyse(const SgStft *stft, SgStftWork *work, const float *samples, int64_t n_frames,
                     SgComplex *out_bins);

/* bins[n_frames][n_bins] → out_samples[(n_frames−1)·hop + N], overlap-added but not yet normalised. */
void sg_stft_synthesise(const SgStft *stft, SgStftWork *work, const SgComplex *bins, int64_t n_frames,
                        float *out_samples);

/* Divides samples[n], the first being sample `start` of a song of `n_song_frames` frames, by Σ_t w². */
void sg_stft_normalise(const SgStft *stft, int64_t n_song_frames, int64_t start, int64_t n, float *samples);
