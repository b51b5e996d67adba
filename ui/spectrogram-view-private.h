/* SgSpectrogramView by concern: spectrogram-view.c draws it, spectrogram-view-input.c has pointer and keys.
 */
#pragma once

#include "ui/spectrogram-view.h"
#include "ui/tile-node.h"

G_BEGIN_DECLS

struct _SgSpectrogramView {
  GtkWidget parent_instance;

  SgViewRange *range;
  SgSpectrogramTiles *tiles;
  SgTimeMarks *marks;
  int source;
  SgTileMode mode;
  gint64 playhead;

  double pointer_x, pointer_y;     /* NAN while the pointer is elsewhere */
  double cursor_sample, cursor_hz; /* NAN while there is no cell cursor */
  double band_x, band_y;           /* where a rectangle is being dragged out from; NAN: none is */
  double band_to_x, band_to_y;

  SgTileScale shown[SG_MAX_OLD_SCALES]; /* scales at which everything in sight was there, the last first */
  gboolean complete;
  GHashTable *previews; /* tile index → GskRenderNode at preview_scale, until everything is there */
  SgTileScale preview_scale;
};

SgFrequencyAxis sg_spectrogram_view_get_axis(SgSpectrogramView *self);
double sg_spectrogram_view_clamp_sample(SgSpectrogramView *self, double sample);
void sg_spectrogram_view_emit_seek(SgSpectrogramView *self, double sample);
void sg_spectrogram_view_emit_pointed(SgSpectrogramView *self, double sample, double freq_hz);
void sg_spectrogram_view_emit_menu(SgSpectrogramView *self, double x, double y);

/* spectrogram-view-input.c */
void sg_spectrogram_view_add_keys(GtkWidgetClass *widget_class);
void sg_spectrogram_view_add_controllers(SgSpectrogramView *self);
/* Tells what lies under the pointer, which changes when it moves and when the view moves below it. */
void sg_spectrogram_view_tell_pointed(SgSpectrogramView *self);

G_END_DECLS
