/* The colour of a source: a style class that resources/style.css gives a colour. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A source of a known name has its own colour in every method; others take theirs by their place. */
const char *sg_source_css_class(const char *source_id, guint index);

G_END_DECLS
