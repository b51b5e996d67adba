/* SgMethodChooser: a button that names the chosen method, with a popover to choose another and to set it up:
 * a row a method with its sentence, and below the chosen one a control for each of its settings, made from
 * SgMethodKnob. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/method-choice.h"

G_BEGIN_DECLS

#define SG_TYPE_METHOD_CHOOSER (sg_method_chooser_get_type())
G_DECLARE_FINAL_TYPE(SgMethodChooser, sg_method_chooser, SG, METHOD_CHOOSER, GtkWidget)

/* What it shows and changes; once. */
void sg_method_chooser_set_choice(SgMethodChooser *self, SgMethodChoice *choice);

void sg_method_chooser_popup(SgMethodChooser *self);
/* The next (step 1) or the previous (−1) method of the list; stays at its ends. */
void sg_method_chooser_step(SgMethodChooser *self, int step);

/* What a method or "model:PATH" is called; free with g_free. */
char *sg_method_dup_name(const char *method_id);

G_END_DECLS
