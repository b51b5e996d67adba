/* SgTransportBar: back to the start, play and pause, loop and markers, the position and the seek bar, speed,
 * pitch and tempo, the master fader with its meter and what the stems lack of the mixture, and the output.
 * The buttons activate "win.play-pause" and "win.seek-start". Signal: "seek" (double seconds). */
#pragma once

#include <gtk/gtk.h>

#include "core/session/session.h"

G_BEGIN_DECLS

#define SG_TYPE_TRANSPORT_BAR (sg_transport_bar_get_type())
G_DECLARE_FINAL_TYPE(SgTransportBar, sg_transport_bar, SG, TRANSPORT_BAR, GtkBox)

/* Once. All but position and playing then follow the session's playback by themselves. */
void sg_transport_bar_set_session(SgTransportBar *self, SgSession *session);
/* Shows levels; `over` while the mix goes over full scale. */
void sg_transport_bar_set_meters(SgTransportBar *self, const SgMixerMeters *meters, gboolean over);

void sg_transport_bar_set_duration(SgTransportBar *self, double seconds);
void sg_transport_bar_set_position(SgTransportBar *self, double seconds);
void sg_transport_bar_set_playing(SgTransportBar *self, gboolean playing);

G_END_DECLS
