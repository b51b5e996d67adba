/* Finds the beats of a song (aubio's tempo tracker) and makes a grid of them.
 *
 * The tracker sees the mean of all channels and gives beats as it hears them, some milliseconds astray. Where
 * the song keeps to one tempo they are replaced by the regular grid that fits them best: the period is the
 * median distance, refined by least squares over the beats that lie within a tenth of a period of it, and
 * taken when three of five do, within 25 ms root mean square. Otherwise the beats stay as they were found.
 * Bars are counted from the first beat, four to a bar: nothing here hears bars.
 *
 * Threads: each call by itself. Audio callback: never. Errors: SG_CANCELLED, SG_NO_MEMORY, SG_NO_BEATS when
 * fewer than four were found, those of core/base/scratch.h.
 * Source: P. Brossier, "Automatic annotation of musical audio for interactive applications", 2006, ch. 3; M.
 * Davies, M. Plumbley, "Causal tempo tracking of audio", ISMIR 2004.
 */
#pragma once

#include "core/base/progress.h"
#include "core/beat/beat-grid.h"
#include "core/io/pcm.h"

SgStatus sg_beats_find(const SgPcm *pcm, SgProgress progress, void *user, SgBeatGrid **out_grid,
                       SgError *error);

/* The second step by itself: a grid of beats as they were found. */
SgBeatGrid *sg_beats_regularise(const double *beats, size_t n, uint32_t rate_hz, int64_t n_samples);

/* Tapping: the grid of at least two times (samples of the song where they were tapped, growing), its period
 * by least squares, its bar beginning at the first tap. NULL when there are too few, or they are outside
 * SG_BEAT_MIN_BPM … SG_BEAT_MAX_BPM. */
SgBeatGrid *sg_beats_tapped(const double *taps, size_t n, uint32_t rate_hz, int64_t n_samples);
