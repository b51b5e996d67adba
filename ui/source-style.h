/* The colours of sources: eight that colour-blind eyes tell apart (M. Okabe and K. Ito, 2008), black left
 * out, as style classes that resources/style.css gives the same colours. */
#pragma once

#include "core/session/stem.h"

G_BEGIN_DECLS

typedef struct {
  const char *id;        /* "orange" */
  const char *name;      /* for people, untranslated */
  const char *css_class; /* "source-orange" */
  guint32 argb;
} SgSourceColour;

const SgSourceColour *sg_source_colours(guint *out_n);

/* A source of a known name has its own colour in every method; others take theirs by their place. */
const SgSourceColour *sg_source_colour(const char *source_id, guint index);
const char *sg_source_css_class(const char *source_id, guint index);
/* What the stem was given, else that of its source. */
const SgSourceColour *sg_source_colour_of_stem(SgStem *stem);

G_END_DECLS
