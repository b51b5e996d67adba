#include "core/base/linalg.h"

#include <cblas.h>
#include <lapacke.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

static pthread_once_t set_up_once = PTHREAD_ONCE_INIT;
static char backend[256];

#if defined(__x86_64__)
/* Where OpenBLAS is built for several processors (DYNAMIC_ARCH); in none of its headers. */
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

/* OpenBLAS takes its oldest kernels, of the Prescott, for processors that came after it: 0.3.21 does a tenth
 * of what an AVX-512 processor of 2023 can. Where it has done so and the processor can do more, it is made to
 * choose again, before main, while no thread reads the environment or multiplies. A choice of the user's
 * stays. */
__attribute__((constructor)) static void
choose_kernels(void)
{
  if (gotoblas_dynamic_init == NULL || gotoblas_dynamic_quit == NULL || getenv("OPENBLAS_CORETYPE") != NULL ||
      strcmp(openblas_get_corename(), "Prescott") != 0)
    return;
  __builtin_cpu_init();
  const char *core = NULL;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    core = "SkylakeX";
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    core = "Haswell";
  if (core == NULL || setenv("OPENBLAS_CORETYPE", core, 1) != 0)
    return;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv("OPENBLAS_CORETYPE");
}
#endif

static void
set_up(void)
{
  openblas_set_num_threads(1);
  snprintf(backend, sizeof backend, "%s, core %s", openblas_get_config(), openblas_get_corename());
}

const char *
sg_linalg_backend(void)
{
  pthread_once(&set_up_once, set_up);
  return backend;
}

static enum CBLAS_TRANSPOSE
transpose(bool yes)
{
  return yes ? CblasTrans : CblasNoTrans;
}

void
sg_gemm_float(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
              size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
  pthread_once(&set_up_once, set_up);
  cblas_sgemm(CblasRowMajor, transpose(transpose_a), transpose(transpose_b), (blasint)m, (blasint)n,
              (blasint)k, alpha, a, (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

void
sg_gemm_double(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
               const double *a, size_t lda, const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
  pthread_once(&set_up_once, set_up);
  cblas_dgemm(CblasRowMajor, transpose(transpose_a), transpose(transpose_b), (blasint)m, (blasint)n,
              (blasint)k, alpha, a, (blasint)lda, b, (blasint)ldb, beta, c, (blasint)ldc);
}

void
sg_gemv_float(bool transpose_a, size_t m, size_t n, float alpha, const float *a, size_t lda, const float *x,
              float beta, float *y)
{
  pthread_once(&set_up_once, set_up);
  cblas_sgemv(CblasRowMajor, transpose(transpose_a), (blasint)m, (blasint)n, alpha, a, (blasint)lda, x, 1,
              beta, y, 1);
}

bool
sg_cholesky_factor(double *a, size_t n, size_t lda)
{
  pthread_once(&set_up_once, set_up);
  /* The lower triangle by rows is the upper one by columns: called so, LAPACKE transposes nothing. */
  return LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', (lapack_int)n, a, (lapack_int)lda) == 0;
}

void
sg_cholesky_solve(const double *a, size_t n, size_t lda, double *b, size_t n_columns, size_t ldb)
{
  pthread_once(&set_up_once, set_up);
  cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (blasint)n,
              (blasint)n_columns, 1.0, a, (blasint)lda, b, (blasint)ldb);
  cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, (blasint)n, (blasint)n_columns,
              1.0, a, (blasint)lda, b, (blasint)ldb);
}

SgStatus
sg_least_squares(double *a, size_t n, size_t lda, double *b, size_t n_columns, size_t ldb,
                 double relative_limit, size_t *out_rank, SgError *error)
{
  pthread_once(&set_up_once, set_up);
  double *singular_values = SG_NEW(double, n);
  if (singular_values == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  lapack_int rank = 0;
  lapack_int result =
      LAPACKE_dgelsd(LAPACK_ROW_MAJOR, (lapack_int)n, (lapack_int)n, (lapack_int)n_columns, a,
                     (lapack_int)lda, b, (lapack_int)ldb, singular_values, relative_limit, &rank);
  sg_free(singular_values);
  if (result == LAPACK_WORK_MEMORY_ERROR || result == LAPACK_TRANSPOSE_MEMORY_ERROR)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (result != 0)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL,
                        "least squares: the matrix has values that are not finite");
  if (out_rank != NULL)
    *out_rank = (size_t)rank;
  return SG_OK;
}
