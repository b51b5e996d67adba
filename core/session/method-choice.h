/* SgMethodChoice: which method separates next, and how it is set. Main thread only.
 *
 * A method is named by its identifier, or "model:PATH" for a model file; a model of the library may be set by
 * its name, "model:NAME", and is read as its path. Every method keeps its own settings
 * while another one is chosen. Properties: "method-id" (a method of this program, or "model:…"),
 * "wiener-iterations" (rounds of multichannel Wiener filtering after the method, 0 …
 * SG_WIENER_MAX_ITERATIONS). Signal: "changed": any of it, settings included. */
#pragma once

#include <glib-object.h>

#include "core/separate/method.h"

G_BEGIN_DECLS

#define SG_TYPE_METHOD_CHOICE (sg_method_choice_get_type())
G_DECLARE_FINAL_TYPE(SgMethodChoice, sg_method_choice, SG, METHOD_CHOICE, GObject)

/* What is taken when nobody chose: the method that the command line takes too. */
#define SG_METHOD_CHOICE_STANDARD "model:four-stems"

/* The same as an identifier to separate with: the model with its path, or "classic" where the model is not
 * installed. Borrowed for good. */
const char *sg_method_choice_standard_id(void);

SgMethodChoice *sg_method_choice_new(void);

const char *sg_method_choice_get_method_id(SgMethodChoice *self);
/* A method that this program does not have is not taken; FALSE then. */
gboolean sg_method_choice_set_method_id(SgMethodChoice *self, const char *method_id);
/* The class of the chosen method, and its model file or NULL. */
const SgMethodClass *sg_method_choice_get_class(SgMethodChoice *self);
const char *sg_method_choice_get_model_path(SgMethodChoice *self);

guint sg_method_choice_get_wiener_iterations(SgMethodChoice *self);
void sg_method_choice_set_wiener_iterations(SgMethodChoice *self, guint n_iterations);

/* A knob of the chosen method, by its place in the class. Values are brought to the nearest that is allowed.
 */
double sg_method_choice_get_knob(SgMethodChoice *self, guint knob);
void sg_method_choice_set_knob(SgMethodChoice *self, guint knob, double value);
/* Whether the chosen method's knobs and the Wiener filtering are where they are when nobody moved them; and
 * brings them there. */
gboolean sg_method_choice_is_standard(SgMethodChoice *self);
void sg_method_choice_reset(SgMethodChoice *self);

/* The knobs of the chosen method as SgMethodSetup takes them; free with g_free. NULL when it has none. */
double *sg_method_choice_dup_knobs(SgMethodChoice *self);

/* Whether both would separate alike. */
gboolean sg_method_choice_equal(SgMethodChoice *a, SgMethodChoice *b);
SgMethodChoice *sg_method_choice_copy(SgMethodChoice *self);

/* The knobs of all methods that are not at their standard, {method: {knob: value}}, to be remembered;
 * floating. What the program does not know (any more) is left out when it is read. */
#define SG_METHOD_KNOBS_TYPE "a{sa{sd}}"
GVariant *sg_method_choice_get_knobs(SgMethodChoice *self);
void sg_method_choice_set_knobs(SgMethodChoice *self, GVariant *knobs);

G_END_DECLS
