/* A beat grid: where the beats of a song are.
 *
 * Beats are positions in samples of the song (not whole ones), strictly growing, at least one; they cover the
 * whole song: before the first and after the last beat that is given the grid goes on at the period found
 * there. Every `beats_per_bar`-th beat begins a bar. A grid never changes; doubling, halving and tapping make
 * new ones.
 *
 * Ownership: counted by references, atomically; NULL is ignored. Threads: any. Audio callback: reading may.
 * Errors: NULL when memory is out, or the beats make no sense (none, not growing, not finite).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SG_BEAT_MIN_BPM 30.0
#define SG_BEAT_MAX_BPM 300.0

typedef struct SgBeatGrid SgBeatGrid;

/* Two beats or more that were found; `first_bar` is the index of one that begins a bar. */
SgBeatGrid *sg_beat_grid_new(const double *beats, size_t n, size_t first_bar, uint32_t beats_per_bar,
                             int64_t n_samples);
/* Beats `period` samples apart, a bar beginning at `phase`. */
SgBeatGrid *sg_beat_grid_new_regular(double phase, double period, uint32_t beats_per_bar, int64_t n_samples);
SgBeatGrid *sg_beat_grid_ref(SgBeatGrid *grid);
void sg_beat_grid_unref(SgBeatGrid *grid);

/* Twice and half as many beats; half keeps those that begin bars. NULL also where the tempo would leave
 * SG_BEAT_MIN_BPM … SG_BEAT_MAX_BPM at `rate_hz`. */
SgBeatGrid *sg_beat_grid_doubled(const SgBeatGrid *grid, uint32_t rate_hz);
SgBeatGrid *sg_beat_grid_halved(const SgBeatGrid *grid, uint32_t rate_hz);

size_t sg_beat_grid_n_beats(const SgBeatGrid *grid);
double sg_beat_grid_beat(const SgBeatGrid *grid, size_t index);
bool sg_beat_grid_begins_bar(const SgBeatGrid *grid, size_t index);
uint32_t sg_beat_grid_beats_per_bar(const SgBeatGrid *grid);
/* Index of the first beat at or after `position`; n_beats when there is none. */
size_t sg_beat_grid_find(const SgBeatGrid *grid, double position);
/* The beat nearest to `position`, as a whole sample. */
int64_t sg_beat_grid_snap(const SgBeatGrid *grid, int64_t position);
/* Samples between beats about `position`, and the median of the whole song as a tempo. */
double sg_beat_grid_period_at(const SgBeatGrid *grid, double position);
double sg_beat_grid_bpm(const SgBeatGrid *grid, uint32_t rate_hz);
