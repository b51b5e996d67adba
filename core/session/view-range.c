#include "core/session/view-range.h"

#include <math.h>

/* Closer than this nothing new is seen: a window of the STFT is some thousand samples long. */
static const double MIN_SAMPLES_PER_PIXEL = 8.0;
/* Where a revealed sample appears, as a share of the width. */
static const double REVEAL_AT = 0.08;

struct _SgViewRange {
  GObject parent_instance;

  gint64 n_samples;
  guint rate_hz;
  double width;
  double start;
  double samples_per_pixel;
  gboolean fitted;
};

G_DEFINE_FINAL_TYPE(SgViewRange, sg_view_range, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
sg_view_range_class_init(SgViewRangeClass *klass)
{
  signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
}

static void
sg_view_range_init(SgViewRange *self)
{
  self->n_samples = 1;
  self->rate_hz = 44100;
  self->width = 1.0;
  self->samples_per_pixel = 1.0;
  self->fitted = TRUE;
}

SgViewRange *
sg_view_range_new(void)
{
  return g_object_new(SG_TYPE_VIEW_RANGE, NULL);
}

static double
fitting_samples_per_pixel(SgViewRange *self)
{
  return (double)self->n_samples / self->width;
}

/* Brings what is wanted into bounds and tells when that moved anything. */
static void
apply(SgViewRange *self, double start, double samples_per_pixel)
{
  double fitting = fitting_samples_per_pixel(self);
  double smallest = fmin(MIN_SAMPLES_PER_PIXEL, fitting);
  self->fitted = samples_per_pixel >= fitting * (1.0 - 1e-9);
  samples_per_pixel = CLAMP(samples_per_pixel, smallest, fitting);
  double last_start = fmax(0.0, (double)self->n_samples - self->width * samples_per_pixel);
  start = CLAMP(start, 0.0, last_start);
  if (start == self->start && samples_per_pixel == self->samples_per_pixel)
    return;
  self->start = start;
  self->samples_per_pixel = samples_per_pixel;
  g_signal_emit(self, signals[CHANGED], 0);
}

void
sg_view_range_set_song(SgViewRange *self, gint64 n_samples, guint rate_hz)
{
  g_return_if_fail(SG_IS_VIEW_RANGE(self));
  self->n_samples = MAX(n_samples, 1);
  self->rate_hz = MAX(rate_hz, 1);
  self->start = -1.0; /* so that the change is told even when the numbers are the same */
  sg_view_range_fit(self);
}

gint64
sg_view_range_get_n_samples(SgViewRange *self)
{
  return self->n_samples;
}

guint
sg_view_range_get_rate(SgViewRange *self)
{
  return self->rate_hz;
}

void
sg_view_range_set_width(SgViewRange *self, double width_px)
{
  g_return_if_fail(SG_IS_VIEW_RANGE(self));
  width_px = fmax(width_px, 1.0);
  if (width_px == self->width)
    return;
  self->width = width_px;
  if (self->fitted)
    sg_view_range_fit(self);
  else
    apply(self, self->start, self->samples_per_pixel);
}

double
sg_view_range_get_width(SgViewRange *self)
{
  return self->width;
}

double
sg_view_range_get_start(SgViewRange *self)
{
  return self->start;
}

double
sg_view_range_get_samples_per_pixel(SgViewRange *self)
{
  return self->samples_per_pixel;
}

double
sg_view_range_sample_at(SgViewRange *self, double x_px)
{
  return self->start + x_px * self->samples_per_pixel;
}

double
sg_view_range_x_of(SgViewRange *self, double sample)
{
  return (sample - self->start) / self->samples_per_pixel;
}

void
sg_view_range_zoom(SgViewRange *self, double factor, double x_px)
{
  g_return_if_fail(SG_IS_VIEW_RANGE(self));
  g_return_if_fail(factor > 0.0);
  double fitting = fitting_samples_per_pixel(self);
  double wanted = CLAMP(self->samples_per_pixel / factor, fmin(MIN_SAMPLES_PER_PIXEL, fitting), fitting);
  apply(self, sg_view_range_sample_at(self, x_px) - x_px * wanted, wanted);
}

void
sg_view_range_pan(SgViewRange *self, double dx_px)
{
  sg_view_range_set_start(self, self->start + dx_px * self->samples_per_pixel);
}

void
sg_view_range_set_start(SgViewRange *self, double start_sample)
{
  g_return_if_fail(SG_IS_VIEW_RANGE(self));
  apply(self, start_sample, self->samples_per_pixel);
}

void
sg_view_range_show(SgViewRange *self, double start_sample, double end_sample)
{
  g_return_if_fail(SG_IS_VIEW_RANGE(self));
  double fitting = fitting_samples_per_pixel(self);
  double wanted =
      CLAMP(fabs(end_sample - start_sample) / self->width, fmin(MIN_SAMPLES_PER_PIXEL, fitting), fitting);
  apply(self, (start_sample + end_sample) / 2.0 - self->width * wanted / 2.0, wanted);
}

void
sg_view_range_fit(SgViewRange *self)
{
  g_return_if_fail(SG_IS_VIEW_RANGE(self));
  apply(self, 0.0, fitting_samples_per_pixel(self));
}

gboolean
sg_view_range_is_fitted(SgViewRange *self)
{
  return self->fitted;
}

void
sg_view_range_reveal(SgViewRange *self, double sample)
{
  g_return_if_fail(SG_IS_VIEW_RANGE(self));
  double x = sg_view_range_x_of(self, sample);
  if (x < 0.0 || x > self->width)
    sg_view_range_set_start(self, sample - REVEAL_AT * self->width * self->samples_per_pixel);
}
