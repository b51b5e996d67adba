#include "core/separate/repeating.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/dsp/median.h"

typedef struct {
  float similarity;
  uint32_t frame; /* of the window */
} Similar;

struct SgRepeating {
  SgRepeatingSetup setup;
  float *norm;         /* [window frame] */
  float *similarity;   /* [frame][window frame] */
  Similar *candidates; /* [window frame] */
};

SgRepeating *
sg_repeating_new(const SgRepeatingSetup *setup)
{
  SgRepeating *repeating = SG_NEW(SgRepeating, 1);
  if (repeating == NULL)
    return NULL;
  repeating->setup = *setup;
  repeating->norm = SG_NEW(float, setup->max_window);
  repeating->similarity = SG_NEW(float, setup->max_n * setup->max_window);
  repeating->candidates = SG_NEW(Similar, setup->max_window);
  if (repeating->norm == NULL || repeating->similarity == NULL || repeating->candidates == NULL) {
    sg_repeating_free(repeating);
    return NULL;
  }
  return repeating;
}

void
sg_repeating_free(SgRepeating *repeating)
{
  if (repeating == NULL)
    return;
  sg_free(repeating->norm);
  sg_free(repeating->similarity);
  sg_free(repeating->candidates);
  sg_free(repeating);
}

static void
measure_norms(SgRepeating *repeating, const float *window, size_t n_window)
{
  size_t row = repeating->setup.row;
  for (size_t t = 0; t < n_window; t++) {
    double power = 0.0;
    for (size_t i = 0; i < row; i++)
      power += (double)window[t * row + i] * window[t * row + i];
    repeating->norm[t] = (float)sqrt(power);
  }
}

/* The products of frame `own` with all frames become similarities. */
static void
normalise(const SgRepeating *repeating, size_t n_window, size_t own, float *products)
{
  for (size_t u = 0; u < n_window; u++) {
    float norms = repeating->norm[own] * repeating->norm[u];
    products[u] = norms > 0.0f ? products[u] / norms : 0.0f;
  }
}

static bool
is_peak(const float *similarity, size_t n_window, size_t u, size_t apart)
{
  size_t from = u > apart ? u - apart : 0, end = u + apart < n_window ? u + apart + 1 : n_window;
  for (size_t i = u; i-- > from;)
    if (similarity[i] >= similarity[u])
      return false;
  for (size_t i = u + 1; i < end; i++)
    if (similarity[i] > similarity[u])
      return false;
  return true;
}

static int
more_similar_first(const void *a, const void *b)
{
  const Similar *x = a, *y = b;
  if (x->similarity != y->similarity)
    return x->similarity > y->similarity ? -1 : 1;
  return (x->frame > y->frame) - (x->frame < y->frame);
}

/* J_t into the candidates, the most similar first, and how many. */
static size_t
find_similar(SgRepeating *repeating, const float *similarity, size_t n_window, size_t own)
{
  size_t n = 0, apart = repeating->setup.apart;
  for (size_t u = 0; u < n_window; u++) {
    bool far = u > own + apart || u + apart < own;
    if (far && similarity[u] > 0.0f && similarity[u] >= repeating->setup.threshold &&
        is_peak(similarity, n_window, u, apart))
      repeating->candidates[n++] = (Similar){ similarity[u], (uint32_t)u };
  }
  qsort(repeating->candidates, n, sizeof *repeating->candidates, more_similar_first);
  return n < repeating->setup.n_similar ? n : repeating->setup.n_similar;
}

static SgRepeatingFrame
describe(const SgRepeating *repeating, size_t n_similar, size_t own)
{
  if (n_similar == 0)
    return (SgRepeatingFrame){ 0 };
  const Similar *most = &repeating->candidates[0];
  return (SgRepeatingFrame){ .n_similar = (uint32_t)n_similar,
                             .similarity = most->similarity,
                             .distance = (int32_t)((ptrdiff_t)most->frame - (ptrdiff_t)own) };
}

SgStatus
sg_repeating_run(SgRepeating *repeating, const float *window, size_t n_window, size_t first, size_t n,
                 const atomic_bool *cancelled, float *out_median, SgRepeatingFrame *out_frames,
                 SgError *error)
{
  size_t row = repeating->setup.row;
  measure_norms(repeating, window, n_window);
  sg_gemm_float(false, true, n, n_window, row, 1.0f, window + first * row, row, window, row, 0.0f,
                repeating->similarity, n_window);
  for (size_t t = 0; t < n; t++) {
    if (atomic_load(cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    float *similarity = repeating->similarity + t * n_window;
    const float *rows[SG_REPEATING_MAX_SIMILAR];
    normalise(repeating, n_window, first + t, similarity);
    size_t n_similar = find_similar(repeating, similarity, n_window, first + t);
    for (size_t i = 0; i < n_similar; i++)
      rows[i] = window + (size_t)repeating->candidates[i].frame * row;
    if (n_similar > 0)
      sg_median_of_rows(rows, n_similar, row, out_median + t * row);
    else
      memcpy(out_median + t * row, window + (first + t) * row, row * sizeof *out_median);
    if (out_frames != NULL)
      out_frames[t] = describe(repeating, n_similar, first + t);
  }
  return SG_OK;
}
