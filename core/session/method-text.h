/* What methods, their sources and their knobs are called, for people. All results are translated and
 * borrowed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "Drums" for "drums"; the identifier itself when no name is known. */
const char *sg_source_name(const char *source_id);
/* A short name and one sentence for a method's identifier. */
const char *sg_method_name(const char *method_id);
const char *sg_method_sentence(const char *method_id);

/* The same for a knob of a method, for the value `choice` of a knob that is a choice, and for a unit. */
const char *sg_knob_name(const char *method_id, const char *knob_id);
const char *sg_knob_sentence(const char *method_id, const char *knob_id);
const char *sg_choice_name(const char *choice_id);
const char *sg_unit_name(const char *unit_id);

G_END_DECLS
