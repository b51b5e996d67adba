/* SgMixerStrip: the controls of one stem: name and colour, pan, Solo, Mute, gain, level, strength. All are
 * bound both ways to the SgStem's properties; a double click on a fader brings its standard value back. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/stem.h"

G_BEGIN_DECLS

#define SG_TYPE_MIXER_STRIP (sg_mixer_strip_get_type())
G_DECLARE_FINAL_TYPE(SgMixerStrip, sg_mixer_strip, SG, MIXER_STRIP, GtkBox)

GtkWidget *sg_mixer_strip_new(SgStem *stem);
/* The name with its colour, by which a row is dragged. */
GtkWidget *sg_mixer_strip_get_handle(SgMixerStrip *self);

G_END_DECLS
