/* SgTransportBar: back to the start, play and pause, the position and the seek bar.
 * The buttons activate "win.play-pause" and "win.seek-start". Signal: "seek" (double seconds). */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SG_TYPE_TRANSPORT_BAR (sg_transport_bar_get_type())
G_DECLARE_FINAL_TYPE(SgTransportBar, sg_transport_bar, SG, TRANSPORT_BAR, GtkBox)

void sg_transport_bar_set_duration(SgTransportBar *self, double seconds);
void sg_transport_bar_set_position(SgTransportBar *self, double seconds);
void sg_transport_bar_set_playing(SgTransportBar *self, gboolean playing);

G_END_DECLS
