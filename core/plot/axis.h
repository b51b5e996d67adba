/* Axes of a spectrogram: what lies where, and where the labels go.
 *
 * FrequencyAxis: low_hz at the bottom edge (y = height), high_hz at the top edge (y = 0):
 *   y = height · (w(high) − w(f)) / (w(high) − w(low)),
 * w(f) = ln f (logarithmic), f (linear) or ln(1 + f/700) (mel; O'Shaughnessy 1987, whose factor cancels).
 * Time axis: linear; the caller keeps its zoom, here are only the places of its ticks.
 *
 * Units: pixels (of whatever size the caller uses), Hz, seconds. Tick values are exact multiples of their
 * step or of a power of ten, so that equal labels come from equal values. Threads: no shared state. Audio
 * callback: no. Errors: none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { SG_AXIS_LOG, SG_AXIS_LINEAR, SG_AXIS_MEL, SG_N_AXES } SgAxisKind;

typedef struct {
  double low_hz, high_hz; /* 0 ≤ low < high; 0 < low where the axis is logarithmic */
  double height;          /* pixels, > 0 */
  SgAxisKind kind;
} SgFrequencyAxis;

/* "log", "linear", "mel". */
const char *sg_axis_name(SgAxisKind kind);
bool sg_axis_find(const char *name, SgAxisKind *out_kind);

/* The part of the spectrum that is worth seeing at this rate: up to 20 kHz or the Nyquist frequency, from
 * 30 Hz (logarithmic) or from 0 Hz. */
SgFrequencyAxis sg_frequency_axis_whole(SgAxisKind kind, uint32_t rate_hz, double height);
/* The same, logarithmic. */
SgFrequencyAxis sg_frequency_axis_for_rate(uint32_t rate_hz, double height);
double sg_frequency_axis_y(const SgFrequencyAxis *axis, double freq_hz);
double sg_frequency_axis_hz(const SgFrequencyAxis *axis, double y);

typedef struct {
  double value;    /* Hz or seconds */
  double position; /* pixels along the axis */
  bool labelled;   /* major tick */
} SgTick;

/* Ticks at 1, 2, 5 · 10^n Hz from low to high (linear: at the multiples of one such number); major ones are
 * thinned so that their labels keep `min_gap` pixels apart and away from both ends by half of it, powers of
 * ten kept first. At most `max_ticks` are written to out_ticks; returns how many. */
size_t sg_frequency_axis_ticks(const SgFrequencyAxis *axis, double min_gap, SgTick *out_ticks,
                               size_t max_ticks);

/* Ticks at the notes C, and at the other naturals where they have room; labelled and thinned as above. */
size_t sg_frequency_axis_notes(const SgFrequencyAxis *axis, double min_gap, SgTick *out_ticks,
                               size_t max_ticks);

/* Seconds between labels that are at least `min_gap` pixels apart: 1, 2, 5 · 10^n below ten seconds, then 10,
 * 15, 30 s, 1, 2, 5, 10, 15, 30 min, 1 h and its multiples. */
double sg_time_axis_step(double seconds_per_pixel, double min_gap);

/* Ticks of the stretch that starts at `start_s` and is `width` pixels long: labels every sg_time_axis_step
 * and minor ticks between them, the first being the last label at or before the left edge (its position may
 * be negative). Returns how many were written, at most `max_ticks`. */
size_t sg_time_axis_ticks(double start_s, double seconds_per_pixel, double width, double min_gap,
                          SgTick *out_ticks, size_t max_ticks);
