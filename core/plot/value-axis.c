#include "core/plot/value-axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The difference of two values within the limits is a number, and a step between them is too. */
static const double LARGEST = 1e300, SMALLEST = 1e-290;

/* What a linear axis shows beyond its values, as a part of them. */
static const double ROOM = 0.04;

/* The smallest of 1, 2, 5 · 10^n that is at least `wanted`. */
static double
round_up(double wanted)
{
  double decade = pow(10.0, floor(log10(wanted)));
  static const double digits[] = { 1.0, 2.0, 5.0 };
  for (size_t i = 0; i < 3; i++)
    if (digits[i] * decade >= wanted * (1.0 - 1e-9))
      return digits[i] * decade;
  return 10.0 * decade;
}

/* The largest that is at most `wanted`. */
static double
round_down(double wanted)
{
  double decade = pow(10.0, floor(log10(wanted)));
  static const double digits[] = { 5.0, 2.0, 1.0 };
  for (size_t i = 0; i < 3; i++)
    if (digits[i] * decade <= wanted * (1.0 + 1e-9))
      return digits[i] * decade;
  return decade;
}

/* The smallest of 1, 2, 2.5, 5 · 10^n whose steps are at least `min_gap` pixels apart. */
static double
step_of(const SgValueAxis *axis, double length, double min_gap)
{
  double wanted = (axis->high - axis->low) * fmin(min_gap / length, 1.0);
  double decade = pow(10.0, floor(log10(wanted)));
  static const double digits[] = { 1.0, 2.0, 2.5, 5.0 };
  for (size_t i = 0; i < 4; i++)
    if (digits[i] * decade >= wanted * (1.0 - 1e-9))
      return digits[i] * decade;
  return 10.0 * decade;
}

static double
clamped(double value)
{
  if (fabs(value) < SMALLEST)
    return 0.0;
  return fmin(fmax(value, -LARGEST), LARGEST);
}

static SgValueAxis
linear_covering(double low, double high)
{
  if (!isfinite(low) || !isfinite(high) || low > high)
    return (SgValueAxis){ .low = 0.0, .high = 1.0 };
  low = clamped(low);
  high = clamped(high);
  double size = fmax(fabs(low), fabs(high));
  double room = ROOM * (high - low);
  if (high - low <= 1e-9 * size || high == low)
    room = size > 0.0 ? 0.1 * size : 1.0;
  return (SgValueAxis){ .low = low - room, .high = high + room };
}

static SgValueAxis
logarithmic_covering(double low, double high)
{
  if (!isfinite(low) || !isfinite(high) || low > high || low <= 0.0)
    return (SgValueAxis){ .low = 1.0, .high = 10.0, .logarithmic = true };
  SgValueAxis axis = { .low = round_down(fmin(fmax(low, SMALLEST), LARGEST)),
                       .high = round_up(fmin(fmax(high, SMALLEST), LARGEST)),
                       .logarithmic = true };
  if (axis.low == axis.high) {
    axis.low = round_down(axis.low / 2.0);
    axis.high = round_up(axis.high * 2.0);
  }
  return axis;
}

SgValueAxis
sg_value_axis_covering(double low, double high, bool logarithmic)
{
  return logarithmic ? logarithmic_covering(low, high) : linear_covering(low, high);
}

double
sg_value_axis_position(const SgValueAxis *axis, double value, double length)
{
  if (axis->logarithmic)
    return length * log(value / axis->low) / log(axis->high / axis->low);
  return length * ((value - axis->low) / (axis->high - axis->low));
}

static size_t
linear_ticks(const SgValueAxis *axis, double length, double min_gap, SgTick *out_ticks, size_t max_ticks)
{
  double step = step_of(axis, length, min_gap);
  double first = ceil(axis->low / step - 1e-6), last = floor(axis->high / step + 1e-6);
  size_t n = 0;
  for (double i = first; i <= last && n < max_ticks; i += 1.0) {
    double value = i == 0.0 ? 0.0 : i * step;
    out_ticks[n++] = (SgTick){ value, sg_value_axis_position(axis, value, length), true };
  }
  return n;
}

/* 1, 2, 5 where there is room for them, else powers of ten, else every second, third, … of those. */
static size_t
logarithmic_ticks(const SgValueAxis *axis, double length, double min_gap, SgTick *out_ticks, size_t max_ticks)
{
  static const double digits[] = { 1.0, 2.0, 5.0 };
  double per_decade = length / log10(axis->high / axis->low);
  size_t n_digits = per_decade * log10(2.0) >= min_gap ? 3 : 1;
  double stride = fmax(ceil(min_gap / per_decade - 1e-9), 1.0);
  double first = stride * floor(floor(log10(axis->low) + 1e-9) / stride);
  size_t n = 0;
  for (double exponent = first; exponent <= log10(axis->high) + 1e-9; exponent += stride)
    for (size_t i = 0; i < n_digits; i++) {
      double value = digits[i] * pow(10.0, exponent);
      if (value >= axis->low * (1.0 - 1e-9) && value <= axis->high * (1.0 + 1e-9) && n < max_ticks)
        out_ticks[n++] = (SgTick){ value, sg_value_axis_position(axis, value, length), true };
    }
  return n;
}

size_t
sg_value_axis_ticks(const SgValueAxis *axis, double length, double min_gap, SgTick *out_ticks,
                    size_t max_ticks)
{
  return axis->logarithmic ? logarithmic_ticks(axis, length, min_gap, out_ticks, max_ticks)
                           : linear_ticks(axis, length, min_gap, out_ticks, max_ticks);
}

void
sg_value_axis_label(const SgValueAxis *axis, double length, double min_gap, double value, char *out_text,
                    size_t size)
{
  double largest = fmax(fabs(axis->low), fabs(axis->high));
  double step = axis->logarithmic ? value : step_of(axis, length, min_gap);
  int n_decimals = (int)fmax(0.0, -floor(log10(step) + 1e-9));
  double last = step * pow(10.0, n_decimals); /* 2.5 needs one more */
  n_decimals += fabs(last - round(last)) > 1e-6;
  char digits[64];
  if (largest >= 1e6 || n_decimals > 4)
    snprintf(digits, sizeof digits, "%.6g", fabs(value));
  else
    snprintf(digits, sizeof digits, "%.*f", n_decimals, fabs(value));
  snprintf(out_text, size, "%s%s", value < 0.0 ? "\u2212" : "", digits);
}

void
sg_time_label(double seconds, double step_s, char *out_text, size_t size)
{
  int n_decimals = step_s < 1.0 ? (int)fmax(1.0, -floor(log10(step_s) + 1e-9)) : 0;
  n_decimals = n_decimals > 4 ? 4 : n_decimals;
  int width = n_decimals > 0 ? 3 + n_decimals : 2;
  double minutes = floor(seconds / 60.0 + 1e-9), rest = fmax(seconds - 60.0 * minutes, 0.0);
  double hours = floor(minutes / 60.0);
  if (hours > 0.0)
    snprintf(out_text, size, "%.0f:%02.0f:%0*.*f", hours, minutes - 60.0 * hours, width, n_decimals, rest);
  else
    snprintf(out_text, size, "%.0f:%0*.*f", minutes, width, n_decimals, rest);
}
