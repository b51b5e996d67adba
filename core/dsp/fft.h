/* Real discrete Fourier transform of one length, single and double precision, on FFTW.
 *
 * Scaling: forward X[k] = Σ_n x[n]·e^(−2πikn/N), k = 0…N/2; inverse returns N·x (unnormalised).
 * Plans are made with FFTW_ESTIMATE: which algorithm runs never depends on timing, so equal input gives equal
 * bytes in every thread and every run.
 *
 * Ownership: free with sg_fft_free. Threads: new and free take FFTW's planner lock; forward and inverse may
 * run in any number of threads at once on one SgFft. Buffers must come from sg_alloc (alignment).
 */
#pragma once

#include <complex.h>
#include <stdint.h>

typedef float complex SgComplex;

typedef struct SgFft SgFft;

/* NULL when memory is out. `size` ≥ 2 and even. */
SgFft *sg_fft_new(uint32_t size);
void sg_fft_free(SgFft *fft);

/* samples[size] → out_bins[size/2+1]; `samples` is kept. */
void sg_fft_forward(const SgFft *fft, const float *samples, SgComplex *out_bins);

/* bins[size/2+1] → out_samples[size]; `bins` is destroyed. */
void sg_fft_inverse(const SgFft *fft, SgComplex *bins, float *out_samples);

/* For what plans with FFTW by itself (aubio): plans are made and destroyed by one thread at a time. */
void sg_fft_lock_planner(void);
void sg_fft_unlock_planner(void);

/* The same in double precision, for measures; the rules above hold. */
typedef double complex SgComplexDouble;

typedef struct SgFftDouble SgFftDouble;

SgFftDouble *sg_fft_double_new(uint32_t size);
void sg_fft_double_free(SgFftDouble *fft);
void sg_fft_double_forward(const SgFftDouble *fft, const double *samples, SgComplexDouble *out_bins);
void sg_fft_double_inverse(const SgFftDouble *fft, SgComplexDouble *bins, double *out_samples);
