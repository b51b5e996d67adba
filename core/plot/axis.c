#include "core/plot/axis.h"

#include <math.h>
#include <string.h>

#include "core/plot/pitch.h"

static const double LOWEST_HZ = 30.0;
static const double HIGHEST_HZ = 20000.0;
static const double MEL_KNEE_HZ = 700.0;
/* Ticks of the mel axis start here: it has no first decade. */
static const double LOWEST_TICK_HZ = 10.0;

static const char *const names[SG_N_AXES] = {
  [SG_AXIS_LOG] = "log",
  [SG_AXIS_LINEAR] = "linear",
  [SG_AXIS_MEL] = "mel",
};

const char *
sg_axis_name(SgAxisKind kind)
{
  return names[kind];
}

bool
sg_axis_find(const char *name, SgAxisKind *out_kind)
{
  for (int kind = 0; kind < SG_N_AXES; kind++)
    if (strcmp(names[kind], name) == 0) {
      *out_kind = (SgAxisKind)kind;
      return true;
    }
  return false;
}

SgFrequencyAxis
sg_frequency_axis_whole(SgAxisKind kind, uint32_t rate_hz, double height)
{
  double nyquist = rate_hz / 2.0;
  double high = nyquist < HIGHEST_HZ ? nyquist : HIGHEST_HZ;
  double low = LOWEST_HZ < high / 4.0 ? LOWEST_HZ : high / 4.0;
  if (kind != SG_AXIS_LOG)
    low = 0.0;
  return (SgFrequencyAxis){ .low_hz = low, .high_hz = high, .height = height, .kind = kind };
}

SgFrequencyAxis
sg_frequency_axis_for_rate(uint32_t rate_hz, double height)
{
  return sg_frequency_axis_whole(SG_AXIS_LOG, rate_hz, height);
}

static double
warp(SgAxisKind kind, double freq_hz)
{
  switch (kind) {
  case SG_AXIS_LINEAR:
    return freq_hz;
  case SG_AXIS_MEL:
    return log1p(freq_hz / MEL_KNEE_HZ);
  case SG_AXIS_LOG:
  default:
    return log(freq_hz);
  }
}

static double
unwarp(SgAxisKind kind, double warped)
{
  switch (kind) {
  case SG_AXIS_LINEAR:
    return warped;
  case SG_AXIS_MEL:
    return MEL_KNEE_HZ * expm1(warped);
  case SG_AXIS_LOG:
  default:
    return exp(warped);
  }
}

double
sg_frequency_axis_y(const SgFrequencyAxis *axis, double freq_hz)
{
  double top = warp(axis->kind, axis->high_hz), bottom = warp(axis->kind, axis->low_hz);
  return axis->height * (top - warp(axis->kind, freq_hz)) / (top - bottom);
}

double
sg_frequency_axis_hz(const SgFrequencyAxis *axis, double y)
{
  double top = warp(axis->kind, axis->high_hz), bottom = warp(axis->kind, axis->low_hz);
  return unwarp(axis->kind, top - y / axis->height * (top - bottom));
}

static bool
has_room(const SgTick *ticks, size_t n, double position, double min_gap)
{
  for (size_t i = 0; i < n; i++)
    if (ticks[i].labelled && fabs(ticks[i].position - position) < min_gap)
      return false;
  return true;
}

/* Labels a tick when it has room. */
static void
label(const SgFrequencyAxis *axis, double min_gap, SgTick *ticks, size_t n, size_t i)
{
  double at = ticks[i].position;
  if (at >= min_gap / 2.0 && at <= axis->height - min_gap / 2.0 && has_room(ticks, n, at, min_gap))
    ticks[i].labelled = true;
}

static size_t
linear_ticks(const SgFrequencyAxis *axis, double min_gap, SgTick *out_ticks, size_t max_ticks)
{
  double wanted = (axis->high_hz - axis->low_hz) * min_gap / axis->height;
  double decade = pow(10.0, floor(log10(wanted)));
  double step = wanted <= decade ? decade : wanted <= 2.0 * decade ? 2.0 * decade : 5.0 * decade;
  if (wanted > 5.0 * decade)
    step = 10.0 * decade;
  size_t n = 0;
  for (double i = ceil(axis->low_hz / step); i * step <= axis->high_hz && n < max_ticks; i += 1.0)
    out_ticks[n++] = (SgTick){ .value = i * step, .position = sg_frequency_axis_y(axis, i * step) };
  for (size_t i = 0; i < n; i++)
    label(axis, min_gap, out_ticks, n, i);
  return n;
}

size_t
sg_frequency_axis_ticks(const SgFrequencyAxis *axis, double min_gap, SgTick *out_ticks, size_t max_ticks)
{
  static const double digits[] = { 1.0, 2.0, 5.0 };
  if (axis->kind == SG_AXIS_LINEAR)
    return linear_ticks(axis, min_gap, out_ticks, max_ticks);
  size_t n = 0;
  double lowest = fmax(axis->low_hz, LOWEST_TICK_HZ);
  for (double decade = pow(10.0, floor(log10(lowest))); decade <= axis->high_hz; decade *= 10.0)
    for (size_t i = 0; i < 3; i++) {
      double hz = decade * digits[i];
      if (hz >= axis->low_hz && hz <= axis->high_hz && n < max_ticks)
        out_ticks[n++] = (SgTick){ .value = hz, .position = sg_frequency_axis_y(axis, hz) };
    }
  /* Powers of ten take their room first, then the fives, then the twos. */
  static const double order[] = { 1.0, 5.0, 2.0 };
  for (size_t pass = 0; pass < 3; pass++)
    for (size_t i = 0; i < n; i++) {
      double digit = out_ticks[i].value / pow(10.0, floor(log10(out_ticks[i].value * 1.0000001)));
      if (fabs(digit - order[pass]) < 0.01)
        label(axis, min_gap, out_ticks, n, i);
    }
  return n;
}

size_t
sg_frequency_axis_notes(const SgFrequencyAxis *axis, double min_gap, SgTick *out_ticks, size_t max_ticks)
{
  /* Semitones above C in the order in which they take their room. */
  static const int order[] = { 0, 7, 4, 9, 2, 5, 11 };
  int first = sg_pitch_of_frequency(fmax(axis->low_hz, LOWEST_TICK_HZ)).note;
  int last = sg_pitch_of_frequency(axis->high_hz).note;
  size_t n = 0;
  for (size_t pass = 0; pass < sizeof order / sizeof *order; pass++)
    for (int note = first; note <= last && n < max_ticks; note++) {
      double hz = sg_pitch_frequency(note);
      if ((note % 12 + 12) % 12 != order[pass] || hz < axis->low_hz || hz > axis->high_hz)
        continue;
      out_ticks[n] = (SgTick){ .value = hz, .position = sg_frequency_axis_y(axis, hz) };
      /* C is always shown; the others only with their names, and where an octave has room for several. */
      double octave = fabs(sg_frequency_axis_y(axis, hz) - sg_frequency_axis_y(axis, hz * 2.0));
      if (pass == 0 || octave >= 3.0 * min_gap)
        label(axis, min_gap, out_ticks, n, n);
      if (pass == 0 || out_ticks[n].labelled)
        n++;
    }
  return n;
}

typedef struct {
  double seconds;
  int n_minor; /* minor intervals in it */
} TimeStep;

static TimeStep
choose_step(double seconds_per_pixel, double min_gap)
{
  static const TimeStep coarse[] = {
    { 10, 10 }, { 15, 3 },   { 30, 6 },  { 60, 6 },   { 120, 4 },
    { 300, 5 }, { 600, 10 }, { 900, 3 }, { 1800, 6 }, { 3600, 6 },
  };
  static const TimeStep fine[] = { { 1, 10 }, { 2, 4 }, { 5, 5 } };
  double wanted = seconds_per_pixel * min_gap;
  for (double decade = 1e-4; decade < 5.0; decade *= 10.0)
    for (size_t i = 0; i < 3; i++)
      if (decade * fine[i].seconds >= wanted)
        return (TimeStep){ decade * fine[i].seconds, fine[i].n_minor };
  for (size_t i = 0; i < sizeof coarse / sizeof *coarse; i++)
    if (coarse[i].seconds >= wanted)
      return coarse[i];
  return (TimeStep){ ceil(wanted / 3600.0) * 3600.0, 4 };
}

double
sg_time_axis_step(double seconds_per_pixel, double min_gap)
{
  return choose_step(seconds_per_pixel, min_gap).seconds;
}

size_t
sg_time_axis_ticks(double start_s, double seconds_per_pixel, double width, double min_gap, SgTick *out_ticks,
                   size_t max_ticks)
{
  TimeStep step = choose_step(seconds_per_pixel, min_gap);
  int64_t first = (int64_t)floor(start_s / step.seconds);
  size_t n = 0;
  for (int64_t i = first * step.n_minor; n < max_ticks; i++) {
    double seconds = (double)i * step.seconds / step.n_minor;
    double position = (seconds - start_s) / seconds_per_pixel;
    if (position > width)
      break;
    out_ticks[n++] = (SgTick){ .value = seconds, .position = position, .labelled = i % step.n_minor == 0 };
  }
  return n;
}
