/* SgFrequencyScale: the labels of the log-frequency axis, to the left of a row's spectrogram. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

enum { SG_FREQUENCY_SCALE_WIDTH = 40 };

#define SG_TYPE_FREQUENCY_SCALE (sg_frequency_scale_get_type())
G_DECLARE_FINAL_TYPE(SgFrequencyScale, sg_frequency_scale, SG, FREQUENCY_SCALE, GtkWidget)

GtkWidget *sg_frequency_scale_new(guint rate_hz);

G_END_DECLS
