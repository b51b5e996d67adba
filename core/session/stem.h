/* SgStem: one source's place in the mixer: what it is called and how it is set. Main thread only.
 *
 * Properties: "id" (stable, "drums"), "name" (for people, may be changed), "colour" (id of a colour of
 * ui/source-style.h, NULL: the one of its id), "index" (source of the mask set), "gain-db" (−60 … +12, −60 is
 * silence), "pan" (−1 left … 1 right), "muted", "soloed", "strength" (α, 0.125 … 8, 1 natural), "place"
 * (among the rows, of which the least stands first; the index at first). */
#pragma once

#include <glib-object.h>

#include "core/play/meter.h"

G_BEGIN_DECLS

#define SG_STEM_GAIN_MIN_DB (-60.0)
#define SG_STEM_GAIN_MAX_DB (12.0)
#define SG_STEM_STRENGTH_MIN (0.125)
#define SG_STEM_STRENGTH_MAX (8.0)

#define SG_TYPE_STEM (sg_stem_get_type())
G_DECLARE_FINAL_TYPE(SgStem, sg_stem, SG, STEM, GObject)

SgStem *sg_stem_new(const char *id, const char *name, guint index);

const char *sg_stem_get_id(SgStem *self);
const char *sg_stem_get_name(SgStem *self);
void sg_stem_set_name(SgStem *self, const char *name);
const char *sg_stem_get_colour(SgStem *self);
void sg_stem_set_colour(SgStem *self, const char *colour);
guint sg_stem_get_index(SgStem *self);
double sg_stem_get_gain_db(SgStem *self);
void sg_stem_set_gain_db(SgStem *self, double gain_db);
/* 0 at SG_STEM_GAIN_MIN_DB and below. */
double sg_stem_linear_gain(double gain_db);
double sg_stem_get_pan(SgStem *self);
void sg_stem_set_pan(SgStem *self, double pan);
gboolean sg_stem_get_muted(SgStem *self);
void sg_stem_set_muted(SgStem *self, gboolean muted);
gboolean sg_stem_get_soloed(SgStem *self);
void sg_stem_set_soloed(SgStem *self, gboolean soloed);
double sg_stem_get_strength(SgStem *self);
void sg_stem_set_strength(SgStem *self, double strength);
guint sg_stem_get_place(SgStem *self);
void sg_stem_set_place(SgStem *self, guint place);

/* What is heard of it now. Signal "level-changed" tells; the level is not a property, it changes with every
 * frame. */
void sg_stem_set_level(SgStem *self, const SgMeterReading *level);
const SgMeterReading *sg_stem_get_level(SgStem *self);

G_END_DECLS
