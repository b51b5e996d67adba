#include "core/session/playback.h"

#include "core/session/stem.h"

struct _SgPlayback {
  GObject parent_instance;
  double master_gain_db, speed, pitch;
  gboolean click, count_in, loop_on;
  SgLoop loop;
  SgBeatGrid *beats;
};

G_DEFINE_BOXED_TYPE(SgBeatGrid, sg_beat_grid, sg_beat_grid_ref, sg_beat_grid_unref)
G_DEFINE_FINAL_TYPE(SgPlayback, sg_playback, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_MASTER_GAIN_DB,
  PROP_SPEED,
  PROP_PITCH,
  PROP_LOOP,
  PROP_BEATS,
  PROP_CLICK,
  PROP_COUNT_IN,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

static void
sg_playback_finalize(GObject *object)
{
  sg_beat_grid_unref(SG_PLAYBACK(object)->beats);
  G_OBJECT_CLASS(sg_playback_parent_class)->finalize(object);
}

static void
sg_playback_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgPlayback *self = SG_PLAYBACK(object);
  switch (id) {
  case PROP_MASTER_GAIN_DB:
    g_value_set_double(value, self->master_gain_db);
    break;
  case PROP_SPEED:
    g_value_set_double(value, self->speed);
    break;
  case PROP_PITCH:
    g_value_set_double(value, self->pitch);
    break;
  case PROP_LOOP:
    g_value_set_variant(value, g_variant_new("(xxb)", self->loop.start, self->loop.end, self->loop_on));
    break;
  case PROP_BEATS:
    g_value_set_boxed(value, self->beats);
    break;
  case PROP_CLICK:
    g_value_set_boolean(value, self->click);
    break;
  case PROP_COUNT_IN:
    g_value_set_boolean(value, self->count_in);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
set_double(SgPlayback *self, double *field, const GValue *value, GParamSpec *pspec)
{
  if (*field == g_value_get_double(value))
    return;
  *field = g_value_get_double(value);
  g_object_notify_by_pspec(G_OBJECT(self), pspec);
}

static void
set_boolean(SgPlayback *self, gboolean *field, const GValue *value, GParamSpec *pspec)
{
  if (*field == g_value_get_boolean(value))
    return;
  *field = g_value_get_boolean(value);
  g_object_notify_by_pspec(G_OBJECT(self), pspec);
}

static void
set_loop_variant(SgPlayback *self, GVariant *variant)
{
  SgLoop loop = { 0 };
  gboolean on = FALSE;
  if (variant != NULL)
    g_variant_get(variant, "(xxb)", &loop.start, &loop.end, &on);
  sg_playback_set_loop(self, loop, on);
}

static void
sg_playback_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SgPlayback *self = SG_PLAYBACK(object);
  switch (id) {
  case PROP_MASTER_GAIN_DB:
    set_double(self, &self->master_gain_db, value, pspec);
    break;
  case PROP_SPEED:
    set_double(self, &self->speed, value, pspec);
    break;
  case PROP_PITCH:
    set_double(self, &self->pitch, value, pspec);
    break;
  case PROP_LOOP:
    set_loop_variant(self, g_value_get_variant(value));
    break;
  case PROP_BEATS:
    sg_playback_set_beats(self, g_value_get_boxed(value));
    break;
  case PROP_CLICK:
    set_boolean(self, &self->click, value, pspec);
    break;
  case PROP_COUNT_IN:
    set_boolean(self, &self->count_in, value, pspec);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_playback_class_init(SgPlaybackClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = sg_playback_finalize;
  object_class->get_property = sg_playback_get_property;
  object_class->set_property = sg_playback_set_property;
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  props[PROP_MASTER_GAIN_DB] =
      g_param_spec_double("master-gain-db", NULL, NULL, SG_STEM_GAIN_MIN_DB, SG_STEM_GAIN_MAX_DB, 0.0, flags);
  props[PROP_SPEED] =
      g_param_spec_double("speed", NULL, NULL, SG_PLAYBACK_MIN_SPEED, SG_PLAYBACK_MAX_SPEED, 1.0, flags);
  props[PROP_PITCH] = g_param_spec_double("pitch", NULL, NULL, -SG_PLAYBACK_MAX_SEMITONES,
                                          SG_PLAYBACK_MAX_SEMITONES, 0.0, flags);
  props[PROP_LOOP] = g_param_spec_variant("loop", NULL, NULL, G_VARIANT_TYPE("(xxb)"), NULL, flags);
  props[PROP_BEATS] = g_param_spec_boxed("beats", NULL, NULL, SG_TYPE_BEAT_GRID, flags);
  props[PROP_CLICK] = g_param_spec_boolean("click", NULL, NULL, FALSE, flags);
  props[PROP_COUNT_IN] = g_param_spec_boolean("count-in", NULL, NULL, FALSE, flags);
  g_object_class_install_properties(object_class, N_PROPS, props);
}

static void
sg_playback_init(SgPlayback *self)
{
  self->speed = 1.0;
}

SgPlayback *
sg_playback_new(void)
{
  return g_object_new(SG_TYPE_PLAYBACK, NULL);
}

double
sg_playback_get_master_gain_db(SgPlayback *self)
{
  g_return_val_if_fail(SG_IS_PLAYBACK(self), 0.0);
  return self->master_gain_db;
}

double
sg_playback_get_speed(SgPlayback *self)
{
  g_return_val_if_fail(SG_IS_PLAYBACK(self), 1.0);
  return self->speed;
}

double
sg_playback_get_pitch(SgPlayback *self)
{
  g_return_val_if_fail(SG_IS_PLAYBACK(self), 0.0);
  return self->pitch;
}

gboolean
sg_playback_get_click(SgPlayback *self)
{
  g_return_val_if_fail(SG_IS_PLAYBACK(self), FALSE);
  return self->click;
}

gboolean
sg_playback_get_count_in(SgPlayback *self)
{
  g_return_val_if_fail(SG_IS_PLAYBACK(self), FALSE);
  return self->count_in;
}

SgLoop
sg_playback_get_loop(SgPlayback *self)
{
  g_return_val_if_fail(SG_IS_PLAYBACK(self), ((SgLoop){ 0 }));
  return self->loop;
}

gboolean
sg_playback_get_loop_on(SgPlayback *self)
{
  g_return_val_if_fail(SG_IS_PLAYBACK(self), FALSE);
  return self->loop_on;
}

void
sg_playback_set_loop(SgPlayback *self, SgLoop loop, gboolean on)
{
  g_return_if_fail(SG_IS_PLAYBACK(self));
  if (!sg_loop_is_set(loop)) {
    loop = (SgLoop){ 0 };
    on = FALSE;
  }
  if (loop.start == self->loop.start && loop.end == self->loop.end && on == self->loop_on)
    return;
  self->loop = loop;
  self->loop_on = on;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_LOOP]);
}

SgBeatGrid *
sg_playback_get_beats(SgPlayback *self)
{
  g_return_val_if_fail(SG_IS_PLAYBACK(self), NULL);
  return self->beats;
}

void
sg_playback_set_beats(SgPlayback *self, SgBeatGrid *beats)
{
  g_return_if_fail(SG_IS_PLAYBACK(self));
  if (beats == self->beats)
    return;
  sg_beat_grid_unref(self->beats);
  self->beats = sg_beat_grid_ref(beats);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_BEATS]);
}

void
sg_playback_forget_song(SgPlayback *self)
{
  g_return_if_fail(SG_IS_PLAYBACK(self));
  sg_playback_set_loop(self, (SgLoop){ 0 }, FALSE);
  sg_playback_set_beats(self, NULL);
}
