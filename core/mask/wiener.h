/* Multichannel Wiener filtering by expectation–maximisation: sharpens first estimates of the sources by what
 * the channels tell about where each source stands.
 *
 * A. A. Nugraha, A. Liutkus, E. Vincent, "Multichannel audio source separation with deep neural networks",
 * IEEE/ACM TASLP 24(9), 2016, sec. III, with the constants of Open-Unmix (F.-R. Stöter et al., JOSS 4(41),
 * 2019). Per bin f and block of frames t, from the mixture x(t,f) [channels] and estimates y_j(t,f)
 * [channels]: v_j(t,f) = mean_c |y_j|² R_j(f)   = Σ_t y_j y_jᴴ / (ε + Σ_t v_j) C_x(t,f) = √ε·I + Σ_j v_j R_j
 *   y_j(t,f) = v_j R_j C_x⁻¹ x,  ε = 1e−10,
 * iterated; all of it on spectra divided by max(1, max|x|/10) of the block, which is undone at the end. C_x⁻¹
 * x is a division for one channel, Cramer's rule for two and a Cholesky factorisation from three on;
 * arithmetic is in double precision. What √ε takes away, most of it where the mixture is silent, is missing
 * in Σ_j y_j: whoever wants stems that sum to the mixture shares it out (core/separate/stem-chunk.h). A
 * residual is a source like the others: gains 1 − Σ_j M_j before the first iteration (they may be negative
 * here).
 *
 * No source estimates are kept between iterations: v and R determine them. Memory: 8·frames·sources·bins
 * bytes and 16·channels²·sources·bins.
 *
 * Use: begin, start_* for every frame, iterate, then estimate for any frame. Ownership: free with
 * sg_wiener_free (NULL ignored). Threads: one SgWiener a thread. Audio callback: no. Errors: only new, when
 * memory is out.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/dsp/fft.h"

enum {
  SG_WIENER_BLOCK_FRAMES = 300, /* the customary block: 7 s at 44.1 kHz */
  SG_WIENER_MAX_CHANNELS = 8,
  SG_WIENER_MAX_ITERATIONS = 10, /* kept by whoever takes the number from people */
};

typedef struct {
  size_t n_frames; /* the longest block */
  size_t n_sources, n_channels, n_bins;
} SgWienerShape;

typedef struct SgWiener SgWiener;

/* NULL when memory is out. n_channels ≤ SG_WIENER_MAX_CHANNELS. */
SgWiener *sg_wiener_new(SgWienerShape shape);
void sg_wiener_free(SgWiener *wiener);

/* Begins a block: the frame t of channel c is mixture[c·channel_stride + t·n_bins] …; the mixture is borrowed
 * until the next block begins. */
void sg_wiener_begin(SgWiener *wiener, const SgComplex *mixture, size_t channel_stride, size_t n_frames);

/* The first estimates of frame t, each frame once: masks × mixture, or spectra; [source][channel][bin]. */
void sg_wiener_start_masks(SgWiener *wiener, size_t t, const float *masks);
void sg_wiener_start_spectra(SgWiener *wiener, size_t t, const SgComplex *spectra);

/* n_iterations ≥ 1 of the above. Looks at `cancelled` (may be NULL) once a frame; false when it was set. */
bool sg_wiener_iterate(SgWiener *wiener, unsigned n_iterations, const atomic_bool *cancelled);

/* y_j of frame t after the iterations: out_spectra[source][channel][bin]. */
void sg_wiener_estimate(SgWiener *wiener, size_t t, SgComplex *out_spectra);
