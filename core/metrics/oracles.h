/* Oracles: the estimates of methods that know the true sources, the ceiling of what masks can reach.
 *
 * S_j(t,k,c), X(t,k,c): STFT (core/dsp/stft) of source j and of the mixture, per channel c.
 *   IBM   M_j = 1 where |S_j| is the largest of all (the first of equal ones), else 0
 *   IRM1  M_j = |S_j| / Σ_i |S_i|
 *   IRM2  M_j = |S_j|² / Σ_i |S_i|²
 *   MWF   ŝ_j = v_j R_j (Σ_i v_i R_i)⁻¹ x over all channels, v_j(t,k) = mean over c of |S_j|², R_j(k) = Σ_t
 *         S_j S_jᴴ / Σ_t v_j (Duong, Vincent and Gribonval 2010)
 * The masks are shared equally where all sources are zero, so the estimates of every oracle sum to the
 * mixture (MWF: but for a regularisation of 1e−10 of the cell's mean power).
 *
 * Memory is bounded: the song is read by ranges, the estimates are 32-bit float PCM in scratch. Ownership:
 * the caller frees out_estimates with sg_pcm_free; on failure they are NULL. Threads: a call starts its own
 * workers, and the bytes do not depend on their number. Audio callback: never. Errors: those of
 * core/metrics/evaluation.h.
 */
#pragma once

#include <stddef.h>

#include "core/base/progress.h"
#include "core/io/pcm.h"

typedef enum { SG_ORACLE_IBM, SG_ORACLE_IRM1, SG_ORACLE_IRM2, SG_ORACLE_MWF, SG_N_ORACLES } SgOracle;

/* n_sources · n_channels at most. */
enum { SG_ORACLE_MAX_SIGNALS = 32 };

/* "ibm", "irm1", "irm2", "mwf"; NULL beyond the last. */
const char *sg_oracle_id(SgOracle oracle);

typedef struct {
  const SgPcm *const *sources; /* [n_sources], of equal rate, channels and length */
  size_t n_sources;
  const SgPcm *mixture;       /* NULL: the sum of the sources */
  const char *scratch_folder; /* NULL: the default */
  unsigned n_threads;         /* 0: one a processor */
} SgOracleSetup;

/* Stage "oracle". */
SgStatus sg_oracle_estimate(SgOracle oracle, const SgOracleSetup *setup, SgProgress progress, void *user,
                            SgPcm **out_estimates, SgError *error);
