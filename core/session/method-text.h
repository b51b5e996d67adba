/* What methods and sources are called, for people. All results are translated and borrowed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "Drums" for "drums"; the identifier itself when no name is known. */
const char *sg_source_name(const char *source_id);
/* A short name and one sentence for a method's identifier. */
const char *sg_method_name(const char *method_id);
const char *sg_method_sentence(const char *method_id);

G_END_DECLS
