#include "core/beat/beat-grid.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/memory.h"

/* More beats than any song has: four hours at 300 a minute, ten times over. */
#define MOST_BEATS 720000.0

struct SgBeatGrid {
  atomic_uint n_references;
  double *beats;
  size_t n;
  size_t first_bar;
  uint32_t beats_per_bar;
  double median_period;
  int64_t n_samples;
};

static bool
make_sense(const double *beats, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite(beats[i]) || (i > 0 && beats[i] - beats[i - 1] < 1.0))
      return false;
  return n >= 2;
}

static int
compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static bool
set_median_period(SgBeatGrid *grid)
{
  size_t n = grid->n - 1;
  double *periods = SG_NEW(double, n);
  if (periods == NULL)
    return false;
  for (size_t i = 0; i < n; i++)
    periods[i] = grid->beats[i + 1] - grid->beats[i];
  qsort(periods, n, sizeof *periods, compare);
  grid->median_period = n % 2 == 1 ? periods[n / 2] : 0.5 * (periods[n / 2 - 1] + periods[n / 2]);
  sg_free(periods);
  return true;
}

SgBeatGrid *
sg_beat_grid_new(const double *beats, size_t n, size_t first_bar, uint32_t beats_per_bar, int64_t n_samples)
{
  if (!make_sense(beats, n) || beats_per_bar == 0)
    return NULL;
  double first_period = beats[1] - beats[0], last_period = beats[n - 1] - beats[n - 2];
  double n_before = fmax(0.0, floor(beats[0] / first_period));
  double n_after = fmax(0.0, ceil(((double)n_samples - beats[n - 1]) / last_period));
  if (n_before + n_after + (double)n > MOST_BEATS)
    return NULL;
  SgBeatGrid *grid = SG_NEW(SgBeatGrid, 1);
  if (grid == NULL)
    return NULL;
  size_t before = (size_t)n_before, after = (size_t)n_after;
  atomic_init(&grid->n_references, 1);
  grid->n = before + n + after;
  grid->first_bar = (before + first_bar) % beats_per_bar;
  grid->beats_per_bar = beats_per_bar;
  grid->n_samples = n_samples;
  grid->beats = SG_NEW(double, grid->n);
  for (size_t i = 0; i < grid->n && grid->beats != NULL; i++) {
    double past = (double)i - (double)(before + n - 1);
    grid->beats[i] = i < before       ? beats[0] - (double)(before - i) * first_period
                     : i < before + n ? beats[i - before]
                                      : beats[n - 1] + past * last_period;
  }
  if (grid->beats == NULL || !set_median_period(grid)) {
    sg_beat_grid_unref(grid);
    return NULL;
  }
  return grid;
}

SgBeatGrid *
sg_beat_grid_new_regular(double phase, double period, uint32_t beats_per_bar, int64_t n_samples)
{
  double beats[2] = { phase, phase + period };
  return sg_beat_grid_new(beats, 2, 0, beats_per_bar, n_samples);
}

SgBeatGrid *
sg_beat_grid_ref(SgBeatGrid *grid)
{
  if (grid != NULL)
    atomic_fetch_add(&grid->n_references, 1);
  return grid;
}

void
sg_beat_grid_unref(SgBeatGrid *grid)
{
  if (grid == NULL || atomic_fetch_sub(&grid->n_references, 1) != 1)
    return;
  sg_free(grid->beats);
  sg_free(grid);
}

static bool
is_tempo(double period, uint32_t rate_hz)
{
  double bpm = 60.0 * rate_hz / period;
  return bpm >= SG_BEAT_MIN_BPM && bpm <= SG_BEAT_MAX_BPM;
}

SgBeatGrid *
sg_beat_grid_doubled(const SgBeatGrid *grid, uint32_t rate_hz)
{
  double *beats = is_tempo(grid->median_period / 2.0, rate_hz) ? SG_NEW(double, 2 * grid->n - 1) : NULL;
  if (beats == NULL)
    return NULL;
  for (size_t i = 0; i < grid->n; i++) {
    beats[2 * i] = grid->beats[i];
    if (i + 1 < grid->n)
      beats[2 * i + 1] = 0.5 * (grid->beats[i] + grid->beats[i + 1]);
  }
  SgBeatGrid *doubled =
      sg_beat_grid_new(beats, 2 * grid->n - 1, 2 * grid->first_bar, grid->beats_per_bar, grid->n_samples);
  sg_free(beats);
  return doubled;
}

SgBeatGrid *
sg_beat_grid_halved(const SgBeatGrid *grid, uint32_t rate_hz)
{
  double *beats = is_tempo(grid->median_period * 2.0, rate_hz) ? SG_NEW(double, grid->n / 2 + 1) : NULL;
  if (beats == NULL)
    return NULL;
  size_t n = 0, parity = grid->first_bar % 2;
  for (size_t i = parity; i < grid->n; i += 2)
    beats[n++] = grid->beats[i];
  SgBeatGrid *halved = sg_beat_grid_new(beats, n, grid->first_bar / 2, grid->beats_per_bar, grid->n_samples);
  sg_free(beats);
  return halved;
}

size_t
sg_beat_grid_n_beats(const SgBeatGrid *grid)
{
  return grid->n;
}

double
sg_beat_grid_beat(const SgBeatGrid *grid, size_t index)
{
  return grid->beats[index];
}

bool
sg_beat_grid_begins_bar(const SgBeatGrid *grid, size_t index)
{
  return index % grid->beats_per_bar == grid->first_bar;
}

uint32_t
sg_beat_grid_beats_per_bar(const SgBeatGrid *grid)
{
  return grid->beats_per_bar;
}

size_t
sg_beat_grid_find(const SgBeatGrid *grid, double position)
{
  size_t low = 0, high = grid->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (grid->beats[middle] < position)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

int64_t
sg_beat_grid_snap(const SgBeatGrid *grid, int64_t position)
{
  size_t after = sg_beat_grid_find(grid, (double)position);
  if (after == grid->n)
    after--;
  double nearest = grid->beats[after];
  if (after > 0 && (double)position - grid->beats[after - 1] < nearest - (double)position)
    nearest = grid->beats[after - 1];
  return llround(nearest);
}

double
sg_beat_grid_period_at(const SgBeatGrid *grid, double position)
{
  size_t after = sg_beat_grid_find(grid, position);
  after = after == 0 ? 1 : after == grid->n ? grid->n - 1 : after;
  return grid->beats[after] - grid->beats[after - 1];
}

double
sg_beat_grid_bpm(const SgBeatGrid *grid, uint32_t rate_hz)
{
  return 60.0 * rate_hz / grid->median_period;
}
