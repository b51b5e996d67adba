#include "filter.h"

#include <math.h>

/* The cookbook's intermediate values. */
typedef struct {
  double cosine, alpha, amplitude, root;
} Terms;

static void
assign(DemoFilter *filter, const double b[3], const double a[3])
{
  filter->b0 = b[0] / a[0];
  filter->b1 = b[1] / a[0];
  filter->b2 = b[2] / a[0];
  filter->a1 = a[1] / a[0];
  filter->a2 = a[2] / a[0];
}

static void
set_pass(DemoFilter *filter, DemoFilterKind kind, const Terms *t)
{
  double edge = kind == DEMO_LOW_PASS ? 1.0 - t->cosine : 1.0 + t->cosine;
  double middle = kind == DEMO_LOW_PASS ? edge : -edge;
  double b[3] = { 0.5 * edge, middle, 0.5 * edge };
  if (kind == DEMO_BAND_PASS) {
    b[0] = t->alpha;
    b[1] = 0.0;
    b[2] = -t->alpha;
  }
  assign(filter, b, (double[]){ 1.0 + t->alpha, -2.0 * t->cosine, 1.0 - t->alpha });
}

static void
set_peak(DemoFilter *filter, const Terms *t)
{
  double up = t->alpha * t->amplitude;
  double down = t->alpha / t->amplitude;
  assign(filter, (double[]){ 1.0 + up, -2.0 * t->cosine, 1.0 - up },
         (double[]){ 1.0 + down, -2.0 * t->cosine, 1.0 - down });
}

/* The high shelf is the low shelf with the sign of the cosine turned. */
static void
set_shelf(DemoFilter *filter, DemoFilterKind kind, const Terms *t)
{
  double sign = kind == DEMO_LOW_SHELF ? 1.0 : -1.0;
  double c = sign * t->cosine;
  double g = t->amplitude;
  double more = g + 1.0;
  double less = g - 1.0;
  assign(filter,
         (double[]){ g * (more - less * c + t->root), sign * 2.0 * g * (less - more * c),
                     g * (more - less * c - t->root) },
         (double[]){ more + less * c + t->root, sign * -2.0 * (less + more * c), more + less * c - t->root });
}

void
demo_filter_set(DemoFilter *filter, const DemoBand *band)
{
  double omega = 2.0 * M_PI * band->hz / DEMO_RATE_HZ;
  Terms t = { .cosine = cos(omega), .alpha = sin(omega) / (2.0 * band->q) };
  t.amplitude = pow(10.0, band->gain_db / 40.0);
  t.root = 2.0 * sqrt(t.amplitude) * t.alpha;
  switch (band->kind) {
  case DEMO_PEAK:
    set_peak(filter, &t);
    break;
  case DEMO_LOW_SHELF:
  case DEMO_HIGH_SHELF:
    set_shelf(filter, band->kind, &t);
    break;
  default:
    set_pass(filter, band->kind, &t);
    break;
  }
}

static void
filter_channel(float *samples, size_t n, const DemoBand *band)
{
  DemoFilter filter = { 0 };
  demo_filter_set(&filter, band);
  for (size_t i = 0; i < n; i++)
    samples[i] = (float)demo_filter_next(&filter, samples[i]);
}

void
demo_equalise(DemoTrack *track, const DemoBand *bands, size_t n_bands)
{
  for (size_t i = 0; i < n_bands; i++) {
    filter_channel(track->left, track->n_frames, &bands[i]);
    filter_channel(track->right, track->n_frames, &bands[i]);
  }
}
