#include "core/plot/axis.h"

#include <math.h>

static const double LOWEST_HZ = 30.0;
static const double HIGHEST_HZ = 20000.0;

SgFrequencyAxis
sg_frequency_axis_for_rate(uint32_t rate_hz, double height)
{
  double nyquist = rate_hz / 2.0;
  double high = nyquist < HIGHEST_HZ ? nyquist : HIGHEST_HZ;
  double low = LOWEST_HZ < high / 4.0 ? LOWEST_HZ : high / 4.0;
  return (SgFrequencyAxis){ .low_hz = low, .high_hz = high, .height = height };
}

double
sg_frequency_axis_y(const SgFrequencyAxis *axis, double freq_hz)
{
  return axis->height * log(axis->high_hz / freq_hz) / log(axis->high_hz / axis->low_hz);
}

double
sg_frequency_axis_hz(const SgFrequencyAxis *axis, double y)
{
  return axis->high_hz * exp(-y / axis->height * log(axis->high_hz / axis->low_hz));
}

static bool
has_room(const SgTick *ticks, size_t n, double position, double min_gap)
{
  for (size_t i = 0; i < n; i++)
    if (ticks[i].labelled && fabs(ticks[i].position - position) < min_gap)
      return false;
  return true;
}

size_t
sg_frequency_axis_ticks(const SgFrequencyAxis *axis, double min_gap, SgTick *out_ticks, size_t max_ticks)
{
  static const double digits[] = { 1.0, 2.0, 5.0 };
  size_t n = 0;
  for (double decade = pow(10.0, floor(log10(axis->low_hz))); decade <= axis->high_hz; decade *= 10.0)
    for (size_t i = 0; i < 3; i++) {
      double hz = decade * digits[i];
      if (hz >= axis->low_hz && hz <= axis->high_hz && n < max_ticks)
        out_ticks[n++] = (SgTick){ .value = hz, .position = sg_frequency_axis_y(axis, hz) };
    }
  /* Powers of ten take their room first, then the fives, then the twos. */
  static const double order[] = { 1.0, 5.0, 2.0 };
  for (size_t pass = 0; pass < 3; pass++)
    for (size_t i = 0; i < n; i++) {
      double at = out_ticks[i].position;
      double digit = out_ticks[i].value / pow(10.0, floor(log10(out_ticks[i].value * 1.0000001)));
      if (fabs(digit - order[pass]) < 0.01 && at >= min_gap / 2.0 && at <= axis->height - min_gap / 2.0 &&
          has_room(out_ticks, n, at, min_gap))
        out_ticks[i].labelled = true;
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
