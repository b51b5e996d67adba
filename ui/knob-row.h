/* SgKnobRow: the control of one setting of a method: a list for a choice, else a number with its unit. It
 * follows the choice that it belongs to, and is to be made anew when that chooses another method. */
#pragma once

#include <adwaita.h>

#include "core/session/method-choice.h"

G_BEGIN_DECLS

#define SG_TYPE_KNOB_ROW (sg_knob_row_get_type())
G_DECLARE_FINAL_TYPE(SgKnobRow, sg_knob_row, SG, KNOB_ROW, AdwActionRow)

/* The knob at place `knob` of the method that is chosen now. */
GtkWidget *sg_knob_row_new(SgMethodChoice *choice, guint knob);

G_END_DECLS
