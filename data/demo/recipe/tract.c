#include "tract.h"

#include <math.h>

#include "track.h"

static void
aim_resonator(DemoResonator *resonator, double hz, double width_hz, int n_samples)
{
  double radius = exp(-M_PI * width_hz / DEMO_RATE_HZ);
  double b = 2.0 * radius * cos(2.0 * M_PI * hz / DEMO_RATE_HZ);
  resonator->b_step = (b - resonator->b) / n_samples;
  resonator->c_step = (-radius * radius - resonator->c) / n_samples;
}

static void
glide(DemoResonator *resonator)
{
  resonator->b += resonator->b_step;
  resonator->c += resonator->c_step;
}

static void
set_resonator(DemoResonator *resonator, double hz, double width_hz)
{
  aim_resonator(resonator, hz, width_hz, 1);
  glide(resonator);
  resonator->b_step = resonator->c_step = 0.0;
}

static double
resonate(DemoResonator *resonator, double x)
{
  glide(resonator);
  double gain = 1.0 - resonator->b - resonator->c;
  double y = gain * x + resonator->b * resonator->y1 + resonator->c * resonator->y2;
  resonator->y2 = resonator->y1;
  resonator->y1 = y;
  return y;
}

static double
antiresonate(DemoResonator *resonator, double x)
{
  glide(resonator);
  double gain = 1.0 - resonator->b - resonator->c;
  double y = (x - resonator->b * resonator->y1 - resonator->c * resonator->y2) / gain;
  resonator->y2 = resonator->y1;
  resonator->y1 = x;
  return y;
}

void
demo_tract_init(DemoTract *tract, double scale)
{
  *tract = (DemoTract){ .scale = scale };
  for (int i = 0; i < DEMO_UPPER_FORMANTS; i++) {
    double hz = 4950.0 + 1020.0 * i;
    set_resonator(&tract->upper[i], fmin(hz * sqrt(scale), 21500.0), 320.0 + 60.0 * i);
  }
  set_resonator(&tract->nasal_pole, 280.0 * scale, 90.0);
}

void
demo_tract_set_shape(DemoTract *tract, const DemoShape *shape, int n_samples)
{
  for (int i = 0; i < DEMO_FORMANTS; i++)
    aim_resonator(&tract->formants[i], shape->formant_hz[i] * tract->scale, shape->width_hz[i], n_samples);
  double zero_hz = 280.0 + 220.0 * shape->nasality;
  aim_resonator(&tract->nasal_zero, zero_hz * tract->scale, 90.0, n_samples);
  double q = shape->noise_hz / shape->noise_width_hz;
  demo_filter_set(&tract->noise_low, &(DemoBand){ DEMO_BAND_PASS, shape->noise_hz, q, 0.0 });
  demo_filter_set(&tract->noise_high, &(DemoBand){ DEMO_BAND_PASS, shape->noise_hz * 1.25, 0.6 * q, 0.0 });
}

double
demo_tract_next(DemoTract *tract, double source)
{
  double y = antiresonate(&tract->nasal_zero, resonate(&tract->nasal_pole, source));
  for (int i = 0; i < DEMO_FORMANTS; i++)
    y = resonate(&tract->formants[i], y);
  for (int i = 0; i < DEMO_UPPER_FORMANTS; i++)
    y = resonate(&tract->upper[i], y);
  return y;
}

double
demo_tract_next_noise(DemoTract *tract, double noise)
{
  return 3.0 * demo_filter_next(&tract->noise_high, demo_filter_next(&tract->noise_low, noise));
}
