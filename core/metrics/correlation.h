/* Correlations of whole tracks at the lags of the distortion filters, block by block in bounded memory.
 *
 * The track is cut into at most 32 parts on a grid that depends on its length alone; their sums are added in
 * order, so the bytes do not depend on the number of threads.
 */
#pragma once

#include "core/metrics/spectra.h"
#include "core/metrics/tasks.h"
#include "core/metrics/track-signal.h"

typedef struct {
  int64_t n_samples; /* of the track */
  uint32_t n_channels;
  const SgTrackSignal *a; /* [n_a] */
  size_t n_a;
  const SgTrackSignal *b; /* [n_b] */
  size_t n_b;
  const SgFftDouble *fft; /* of SG_SPECTRA_SIZE */
  unsigned n_threads;
} SgCorrelationSetup;

/* out_lags[i][k][lag] = Σ_u a_i[u] · b_k[u + lag], lag 0 … 511, where i and k count the channels of all
 * signals of a and of b (signal-major). out_lags[n_a·n_channels][n_b·n_channels][SG_SPECTRA_TAPS]. */
SgStatus sg_correlation(const SgCorrelationSetup *setup, const SgTasksProgress *progress, double *out_lags,
                        SgError *error);
