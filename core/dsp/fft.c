#include "core/dsp/fft.h"

#include <fftw3.h>
#include <pthread.h>

#include "core/base/memory.h"

struct SgFft {
  fftwf_plan forward;
  fftwf_plan inverse;
};

/* Only executing plans is thread-safe in FFTW; making and destroying them is not. */
static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

void
sg_fft_lock_planner(void)
{
  pthread_mutex_lock(&planner_lock);
}

void
sg_fft_unlock_planner(void)
{
  pthread_mutex_unlock(&planner_lock);
}

SgFft *
sg_fft_new(uint32_t size)
{
  SgFft *fft = SG_NEW(SgFft, 1);
  float *samples = SG_NEW(float, size);
  SgComplex *bins = SG_NEW(SgComplex, size / 2 + 1);
  if (fft != NULL && samples != NULL && bins != NULL) {
    pthread_mutex_lock(&planner_lock);
    fft->forward = fftwf_plan_dft_r2c_1d((int)size, samples, bins, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    fft->inverse = fftwf_plan_dft_c2r_1d((int)size, bins, samples, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    pthread_mutex_unlock(&planner_lock);
  }
  sg_free(samples);
  sg_free(bins);
  if (fft != NULL && (fft->forward == NULL || fft->inverse == NULL)) {
    sg_fft_free(fft);
    return NULL;
  }
  return fft;
}

void
sg_fft_free(SgFft *fft)
{
  if (fft == NULL)
    return;
  pthread_mutex_lock(&planner_lock);
  if (fft->forward != NULL)
    fftwf_destroy_plan(fft->forward);
  if (fft->inverse != NULL)
    fftwf_destroy_plan(fft->inverse);
  pthread_mutex_unlock(&planner_lock);
  sg_free(fft);
}

void
sg_fft_forward(const SgFft *fft, const float *samples, SgComplex *out_bins)
{
  /* FFTW's signature lacks const; PRESERVE_INPUT keeps the promise. */
  fftwf_execute_dft_r2c(fft->forward, (float *)samples, out_bins);
}

void
sg_fft_inverse(const SgFft *fft, SgComplex *bins, float *out_samples)
{
  fftwf_execute_dft_c2r(fft->inverse, bins, out_samples);
}

struct SgFftDouble {
  fftw_plan forward;
  fftw_plan inverse;
};

SgFftDouble *
sg_fft_double_new(uint32_t size)
{
  SgFftDouble *fft = SG_NEW(SgFftDouble, 1);
  double *samples = SG_NEW(double, size);
  SgComplexDouble *bins = SG_NEW(SgComplexDouble, size / 2 + 1);
  if (fft != NULL && samples != NULL && bins != NULL) {
    pthread_mutex_lock(&planner_lock);
    fft->forward = fftw_plan_dft_r2c_1d((int)size, samples, bins, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    fft->inverse = fftw_plan_dft_c2r_1d((int)size, bins, samples, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    pthread_mutex_unlock(&planner_lock);
  }
  sg_free(samples);
  sg_free(bins);
  if (fft != NULL && (fft->forward == NULL || fft->inverse == NULL)) {
    sg_fft_double_free(fft);
    return NULL;
  }
  return fft;
}

void
sg_fft_double_free(SgFftDouble *fft)
{
  if (fft == NULL)
    return;
  pthread_mutex_lock(&planner_lock);
  if (fft->forward != NULL)
    fftw_destroy_plan(fft->forward);
  if (fft->inverse != NULL)
    fftw_destroy_plan(fft->inverse);
  pthread_mutex_unlock(&planner_lock);
  sg_free(fft);
}

void
sg_fft_double_forward(const SgFftDouble *fft, const double *samples, SgComplexDouble *out_bins)
{
  fftw_execute_dft_r2c(fft->forward, (double *)samples, out_bins);
}

void
sg_fft_double_inverse(const SgFftDouble *fft, SgComplexDouble *bins, double *out_samples)
{
  fftw_execute_dft_c2r(fft->inverse, bins, out_samples);
}
