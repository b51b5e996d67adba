#include "core/session/stem.h"

#include <math.h>
#include <string.h>

struct _SgStem {
  GObject parent_instance;
  char *id;
  char *name;
  char *colour;
  guint index;
  double gain_db;
  double pan;
  gboolean muted;
  gboolean soloed;
  double strength;
  guint place;
  SgMeterReading level;
};

G_DEFINE_FINAL_TYPE(SgStem, sg_stem, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_COLOUR,
  PROP_INDEX,
  PROP_GAIN_DB,
  PROP_PAN,
  PROP_MUTED,
  PROP_SOLOED,
  PROP_STRENGTH,
  PROP_PLACE,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

enum { LEVEL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
sg_stem_finalize(GObject *object)
{
  SgStem *self = SG_STEM(object);
  g_free(self->id);
  g_free(self->name);
  g_free(self->colour);
  G_OBJECT_CLASS(sg_stem_parent_class)->finalize(object);
}

static void
sg_stem_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgStem *self = SG_STEM(object);
  switch (id) {
  case PROP_ID:
    g_value_set_string(value, self->id);
    break;
  case PROP_NAME:
    g_value_set_string(value, self->name);
    break;
  case PROP_COLOUR:
    g_value_set_string(value, self->colour);
    break;
  case PROP_INDEX:
    g_value_set_uint(value, self->index);
    break;
  case PROP_GAIN_DB:
    g_value_set_double(value, self->gain_db);
    break;
  case PROP_PAN:
    g_value_set_double(value, self->pan);
    break;
  case PROP_MUTED:
    g_value_set_boolean(value, self->muted);
    break;
  case PROP_SOLOED:
    g_value_set_boolean(value, self->soloed);
    break;
  case PROP_STRENGTH:
    g_value_set_double(value, self->strength);
    break;
  case PROP_PLACE:
    g_value_set_uint(value, self->place);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_stem_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SgStem *self = SG_STEM(object);
  switch (id) {
  case PROP_ID:
    self->id = g_value_dup_string(value);
    break;
  case PROP_NAME:
    sg_stem_set_name(self, g_value_get_string(value));
    break;
  case PROP_COLOUR:
    sg_stem_set_colour(self, g_value_get_string(value));
    break;
  case PROP_INDEX:
    self->index = g_value_get_uint(value);
    break;
  case PROP_GAIN_DB:
    sg_stem_set_gain_db(self, g_value_get_double(value));
    break;
  case PROP_PAN:
    sg_stem_set_pan(self, g_value_get_double(value));
    break;
  case PROP_MUTED:
    sg_stem_set_muted(self, g_value_get_boolean(value));
    break;
  case PROP_SOLOED:
    sg_stem_set_soloed(self, g_value_get_boolean(value));
    break;
  case PROP_STRENGTH:
    sg_stem_set_strength(self, g_value_get_double(value));
    break;
  case PROP_PLACE:
    sg_stem_set_place(self, g_value_get_uint(value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_stem_class_init(SgStemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = sg_stem_finalize;
  object_class->get_property = sg_stem_get_property;
  object_class->set_property = sg_stem_set_property;
  const GParamFlags fixed = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  props[PROP_ID] = g_param_spec_string("id", NULL, NULL, NULL, fixed);
  props[PROP_NAME] = g_param_spec_string("name", NULL, NULL, NULL, flags);
  props[PROP_COLOUR] = g_param_spec_string("colour", NULL, NULL, NULL, flags);
  props[PROP_INDEX] = g_param_spec_uint("index", NULL, NULL, 0, G_MAXUINT, 0, fixed);
  props[PROP_GAIN_DB] =
      g_param_spec_double("gain-db", NULL, NULL, SG_STEM_GAIN_MIN_DB, SG_STEM_GAIN_MAX_DB, 0.0, flags);
  props[PROP_PAN] = g_param_spec_double("pan", NULL, NULL, -1.0, 1.0, 0.0, flags);
  props[PROP_MUTED] = g_param_spec_boolean("muted", NULL, NULL, FALSE, flags);
  props[PROP_SOLOED] = g_param_spec_boolean("soloed", NULL, NULL, FALSE, flags);
  props[PROP_STRENGTH] =
      g_param_spec_double("strength", NULL, NULL, SG_STEM_STRENGTH_MIN, SG_STEM_STRENGTH_MAX, 1.0, flags);
  props[PROP_PLACE] = g_param_spec_uint("place", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties(object_class, N_PROPS, props);
  signals[LEVEL_CHANGED] =
      g_signal_new("level-changed", SG_TYPE_STEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sg_stem_init(SgStem *self)
{
  self->strength = 1.0;
}

SgStem *
sg_stem_new(const char *id, const char *name, guint index)
{
  return g_object_new(SG_TYPE_STEM, "id", id, "name", name, "index", index, "place", index, NULL);
}

const char *
sg_stem_get_id(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), NULL);
  return self->id;
}

const char *
sg_stem_get_name(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), NULL);
  return self->name;
}

void
sg_stem_set_name(SgStem *self, const char *name)
{
  g_return_if_fail(SG_IS_STEM(self));
  if (g_strcmp0(self->name, name) == 0)
    return;
  g_free(self->name);
  self->name = g_strdup(name);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_NAME]);
}

const char *
sg_stem_get_colour(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), NULL);
  return self->colour;
}

void
sg_stem_set_colour(SgStem *self, const char *colour)
{
  g_return_if_fail(SG_IS_STEM(self));
  if (g_strcmp0(colour, self->colour) == 0)
    return;
  g_free(self->colour);
  self->colour = g_strdup(colour);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_COLOUR]);
}

guint
sg_stem_get_index(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), 0);
  return self->index;
}

double
sg_stem_get_gain_db(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), 0.0);
  return self->gain_db;
}

void
sg_stem_set_gain_db(SgStem *self, double gain_db)
{
  g_return_if_fail(SG_IS_STEM(self));
  gain_db = CLAMP(gain_db, SG_STEM_GAIN_MIN_DB, SG_STEM_GAIN_MAX_DB);
  if (gain_db == self->gain_db)
    return;
  self->gain_db = gain_db;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_GAIN_DB]);
}

double
sg_stem_linear_gain(double gain_db)
{
  return gain_db <= SG_STEM_GAIN_MIN_DB ? 0.0 : pow(10.0, gain_db / 20.0);
}

double
sg_stem_get_pan(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), 0.0);
  return self->pan;
}

void
sg_stem_set_pan(SgStem *self, double pan)
{
  g_return_if_fail(SG_IS_STEM(self));
  pan = CLAMP(pan, -1.0, 1.0);
  if (pan == self->pan)
    return;
  self->pan = pan;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_PAN]);
}

gboolean
sg_stem_get_muted(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), FALSE);
  return self->muted;
}

void
sg_stem_set_muted(SgStem *self, gboolean muted)
{
  g_return_if_fail(SG_IS_STEM(self));
  if (!muted == !self->muted)
    return;
  self->muted = !!muted;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_MUTED]);
}

gboolean
sg_stem_get_soloed(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), FALSE);
  return self->soloed;
}

void
sg_stem_set_soloed(SgStem *self, gboolean soloed)
{
  g_return_if_fail(SG_IS_STEM(self));
  if (!soloed == !self->soloed)
    return;
  self->soloed = !!soloed;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_SOLOED]);
}

double
sg_stem_get_strength(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), 1.0);
  return self->strength;
}

void
sg_stem_set_strength(SgStem *self, double strength)
{
  g_return_if_fail(SG_IS_STEM(self));
  strength = CLAMP(strength, SG_STEM_STRENGTH_MIN, SG_STEM_STRENGTH_MAX);
  if (strength == self->strength)
    return;
  self->strength = strength;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_STRENGTH]);
}

guint
sg_stem_get_place(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), 0);
  return self->place;
}

void
sg_stem_set_place(SgStem *self, guint place)
{
  g_return_if_fail(SG_IS_STEM(self));
  if (place == self->place)
    return;
  self->place = place;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_PLACE]);
}

void
sg_stem_set_level(SgStem *self, const SgMeterReading *level)
{
  g_return_if_fail(SG_IS_STEM(self));
  if (memcmp(&self->level, level, sizeof *level) == 0)
    return;
  self->level = *level;
  g_signal_emit(self, signals[LEVEL_CHANGED], 0);
}

const SgMeterReading *
sg_stem_get_level(SgStem *self)
{
  g_return_val_if_fail(SG_IS_STEM(self), NULL);
  return &self->level;
}
