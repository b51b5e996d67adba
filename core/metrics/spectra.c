#include "core/metrics/spectra.h"

#include <complex.h>
#include <string.h>

#include "core/base/memory.h"

/* The vector instructions are chosen at run time, with a portable version beside them. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define SG_VECTORISED __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define SG_VECTORISED
#endif

enum { N_BINS = SG_SPECTRA_SIZE / 2 + 1 };

bool
sg_spectra_work_init(SgSpectraWork *work)
{
  *work =
      (SgSpectraWork){ .samples = SG_NEW(double, SG_SPECTRA_SIZE), .bins = SG_NEW(SgComplexDouble, N_BINS) };
  return work->samples != NULL && work->bins != NULL;
}

void
sg_spectra_work_clear(SgSpectraWork *work)
{
  sg_free(work->samples);
  sg_free(work->bins);
}

void
sg_spectra_forward(const SgFftDouble *fft, SgSpectraWork *work, const double *samples, size_t n, double *out)
{
  memcpy(work->samples, samples, n * sizeof *samples);
  memset(work->samples + n, 0, (SG_SPECTRA_SIZE - n) * sizeof *samples);
  sg_fft_double_forward(fft, work->samples, work->bins);
  memset(out, 0, SG_SPECTRUM * sizeof *out);
  for (size_t k = 0; k < N_BINS; k++) {
    out[k] = creal(work->bins[k]);
    out[SG_SPECTRA_STRIDE + k] = cimag(work->bins[k]);
  }
}

void
sg_spectra_inverse(const SgFftDouble *fft, SgSpectraWork *work, const double *spectrum)
{
  for (size_t k = 0; k < N_BINS; k++)
    work->bins[k] = CMPLX(spectrum[k], spectrum[SG_SPECTRA_STRIDE + k]);
  sg_fft_double_inverse(fft, work->bins, work->samples);
}

SG_VECTORISED void
sg_spectra_multiply_add(const double *a, const double *b, size_t first, size_t n, double *sum)
{
  const double *restrict a_re = a + first, *restrict a_im = a_re + SG_SPECTRA_STRIDE;
  const double *restrict b_re = b + first, *restrict b_im = b_re + SG_SPECTRA_STRIDE;
  double *restrict sum_re = sum + first, *restrict sum_im = sum_re + SG_SPECTRA_STRIDE;
  for (size_t k = 0; k < n; k++) {
    sum_re[k] += a_re[k] * b_re[k] - a_im[k] * b_im[k];
    sum_im[k] += a_re[k] * b_im[k] + a_im[k] * b_re[k];
  }
}

SG_VECTORISED void
sg_spectra_conjugate_multiply_add(const double *a, const double *b, size_t first, size_t n, double *sum)
{
  const double *restrict a_re = a + first, *restrict a_im = a_re + SG_SPECTRA_STRIDE;
  const double *restrict b_re = b + first, *restrict b_im = b_re + SG_SPECTRA_STRIDE;
  double *restrict sum_re = sum + first, *restrict sum_im = sum_re + SG_SPECTRA_STRIDE;
  for (size_t k = 0; k < n; k++) {
    sum_re[k] += a_re[k] * b_re[k] + a_im[k] * b_im[k];
    sum_im[k] += a_re[k] * b_im[k] - a_im[k] * b_re[k];
  }
}
