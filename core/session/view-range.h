/* SgViewRange: the stretch of the song that all rows and the ruler show, in samples and logical pixels. Main
 * thread only.
 *
 * The stretch always lies within the song and never shows less than is worth seeing; while it is fitted it
 * stays so when the width changes. Signal: "changed" whenever what is shown moved. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define SG_TYPE_VIEW_RANGE (sg_view_range_get_type())
G_DECLARE_FINAL_TYPE(SgViewRange, sg_view_range, SG, VIEW_RANGE, GObject)

SgViewRange *sg_view_range_new(void);

/* A new song, fitted. */
void sg_view_range_set_song(SgViewRange *self, gint64 n_samples, guint rate_hz);
gint64 sg_view_range_get_n_samples(SgViewRange *self);
guint sg_view_range_get_rate(SgViewRange *self);

void sg_view_range_set_width(SgViewRange *self, double width_px);
double sg_view_range_get_width(SgViewRange *self);

/* The sample at the left edge, and how many samples a pixel covers. */
double sg_view_range_get_start(SgViewRange *self);
double sg_view_range_get_samples_per_pixel(SgViewRange *self);
double sg_view_range_sample_at(SgViewRange *self, double x_px);
double sg_view_range_x_of(SgViewRange *self, double sample);

/* `factor` > 1 shows less; what is at x_px stays there. */
void sg_view_range_zoom(SgViewRange *self, double factor, double x_px);
void sg_view_range_pan(SgViewRange *self, double dx_px);
void sg_view_range_set_start(SgViewRange *self, double start_sample);
/* Shows start … end as far as that is possible; the middle stays when it is not. */
void sg_view_range_show(SgViewRange *self, double start_sample, double end_sample);
void sg_view_range_fit(SgViewRange *self);
gboolean sg_view_range_is_fitted(SgViewRange *self);

/* Turns the page when `sample` is not in sight, so that it appears a little after the left edge. */
void sg_view_range_reveal(SgViewRange *self, double sample);

G_END_DECLS
