/* The decomposition of estimates into true source, spatial distortion, interference and artefacts, by filters
 * that are known: its energies in every window and over the whole track.
 *
 * Within a window the references are cut to the window before they are filtered, and the tail of 511 samples
 * behind it counts; over the whole track the filters run through. Both come from one pass: the tails that a
 * window receives from before are computed apart and added for the whole track only.
 */
#pragma once

#include "core/metrics/levels.h"
#include "core/metrics/projection.h"
#include "core/metrics/spectra.h"

/* Energies of one pair: s true source, ŝ estimate, P_own ŝ and P_all ŝ its projections. */
typedef struct {
  double own;          /* ‖P_own ŝ‖² = ‖s + e_spat‖² */
  double all;          /* ‖P_all ŝ‖² = ‖s + e_spat + e_interf‖² */
  double spatial;      /* ‖P_own ŝ − s‖² = ‖e_spat‖² */
  double interference; /* ‖P_all ŝ − P_own ŝ‖² = ‖e_interf‖² */
  double artefact;     /* ‖ŝ − P_all ŝ‖² = ‖e_artif‖² */
  double beyond_own;   /* ‖ŝ − P_own ŝ‖² = ‖e_interf + e_artif‖² */
} SgEnergies;

typedef struct {
  SgSegments segments;
  const SgTrackSignal *sources; /* [n_sources] */
  size_t n_sources;
  const SgTrackSignal *estimates; /* [n_estimates] */
  size_t n_estimates;
  const SgScorePair *pairs; /* [n_pairs] */
  size_t n_pairs;
  const SgProjection *all;    /* on all references */
  const SgProjection *own;    /* [n_sources], on each source's own */
  const double *all_filters;  /* [n_estimates][channel][all->n_signals][SG_SPECTRA_TAPS] */
  double *const *own_filters; /* [n_pairs], each [channel][own->n_signals][SG_SPECTRA_TAPS] */
  const SgFftDouble *fft;     /* of SG_SPECTRA_SIZE */
  unsigned n_threads;
} SgDecompositionSetup;

/* out_windows and out_whole[n_segments][n_pairs]: of the segment as a window, and its share of the whole. */
SgStatus sg_decomposition(const SgDecompositionSetup *setup, const SgTasksProgress *progress,
                          SgEnergies *out_windows, SgEnergies *out_whole, SgError *error);
