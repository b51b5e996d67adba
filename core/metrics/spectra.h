/* Block spectra of signals and the filters that act on them, for the measures: transforms of SG_SPECTRA_SIZE
 * in double precision, real and imaginary parts apart so that products run at the full width of the
 * processor.
 *
 * A block takes SG_SPECTRA_HOP samples, so that 512 taps fit without wrapping. A spectrum is real[SG_SPECTRA_
 * STRIDE] followed by imaginary[SG_SPECTRA_STRIDE] (the tail beyond the last bin is zero).
 * Threads: an SgSpectra is shared, an SgSpectraWork belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/dsp/fft.h"

enum {
  SG_SPECTRA_TAPS = 512,
  SG_SPECTRA_SIZE = 4096,
  SG_SPECTRA_HOP = SG_SPECTRA_SIZE - SG_SPECTRA_TAPS + 1,
  SG_SPECTRA_STRIDE = SG_SPECTRA_SIZE / 2 + 64,
  SG_SPECTRUM = 2 * SG_SPECTRA_STRIDE,     /* doubles of one spectrum */
  SG_SPECTRA_TILE = SG_SPECTRA_STRIDE / 8, /* bins handled at a time: what they touch stays in the cache */
};

typedef struct {
  double *samples;       /* [SG_SPECTRA_SIZE] */
  SgComplexDouble *bins; /* [SG_SPECTRA_SIZE/2 + 1] */
} SgSpectraWork;

/* False when memory is out; clear in any case. */
bool sg_spectra_work_init(SgSpectraWork *work);
void sg_spectra_work_clear(SgSpectraWork *work);

/* samples[n], n ≤ SG_SPECTRA_SIZE, zeros behind → out[SG_SPECTRUM]. */
void sg_spectra_forward(const SgFftDouble *fft, SgSpectraWork *work, const double *samples, size_t n,
                        double *out);

/* The inverse, unscaled (SG_SPECTRA_SIZE times too large), into work->samples. */
void sg_spectra_inverse(const SgFftDouble *fft, SgSpectraWork *work, const double *spectrum);

/* sum += a · b, and sum += conj(a) · b, over bins first … first+n−1 of whole spectra. */
void sg_spectra_multiply_add(const double *a, const double *b, size_t first, size_t n, double *sum);
void sg_spectra_conjugate_multiply_add(const double *a, const double *b, size_t first, size_t n, double *sum);
