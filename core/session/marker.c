#include "core/session/marker.h"

struct _SgMarker {
  GObject parent_instance;
  gint64 position;
  char *name;
};

G_DEFINE_FINAL_TYPE(SgMarker, sg_marker, G_TYPE_OBJECT)

enum { PROP_0, PROP_POSITION, PROP_NAME, N_PROPS };
static GParamSpec *props[N_PROPS];

static void
sg_marker_finalize(GObject *object)
{
  g_free(SG_MARKER(object)->name);
  G_OBJECT_CLASS(sg_marker_parent_class)->finalize(object);
}

static void
sg_marker_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgMarker *self = SG_MARKER(object);
  switch (id) {
  case PROP_POSITION:
    g_value_set_int64(value, self->position);
    break;
  case PROP_NAME:
    g_value_set_string(value, self->name);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_marker_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SgMarker *self = SG_MARKER(object);
  switch (id) {
  case PROP_POSITION:
    self->position = g_value_get_int64(value);
    break;
  case PROP_NAME:
    sg_marker_set_name(self, g_value_get_string(value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_marker_class_init(SgMarkerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = sg_marker_finalize;
  object_class->get_property = sg_marker_get_property;
  object_class->set_property = sg_marker_set_property;
  props[PROP_POSITION] =
      g_param_spec_int64("position", NULL, NULL, 0, G_MAXINT64, 0,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  props[PROP_NAME] = g_param_spec_string(
      "name", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object_class, N_PROPS, props);
}

static void
sg_marker_init(SgMarker *self)
{
}

SgMarker *
sg_marker_new(gint64 position, const char *name)
{
  return g_object_new(SG_TYPE_MARKER, "position", position, "name", name, NULL);
}

gint64
sg_marker_get_position(SgMarker *self)
{
  g_return_val_if_fail(SG_IS_MARKER(self), 0);
  return self->position;
}

const char *
sg_marker_get_name(SgMarker *self)
{
  g_return_val_if_fail(SG_IS_MARKER(self), NULL);
  return self->name;
}

void
sg_marker_set_name(SgMarker *self, const char *name)
{
  g_return_if_fail(SG_IS_MARKER(self));
  if (g_strcmp0(self->name, name) == 0)
    return;
  g_free(self->name);
  self->name = g_strdup(name);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_NAME]);
}
