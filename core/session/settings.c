#include "core/session/settings.h"

#include "core/mask/wiener.h"

enum {
  PROP_0,
  PROP_OUTPUT_DEVICE,
  PROP_BUFFER_FRAMES,
  PROP_SCRATCH_FOLDER,
  PROP_METHOD,
  PROP_METHOD_KNOBS,
  PROP_WIENER_ITERATIONS,
  PROP_COLOURS,
  PROP_RANGE_DB,
  PROP_COLOUR_SCHEME,
  PROP_EXPORT_FORMAT,
  PROP_WINDOW_WIDTH,
  PROP_WINDOW_HEIGHT,
  PROP_WINDOW_MAXIMIZED,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

struct _SgSettings {
  GObject parent_instance;
  GSettings *kept; /* NULL without the schema */
  GValue values[N_PROPS];
};

G_DEFINE_FINAL_TYPE(SgSettings, sg_settings, G_TYPE_OBJECT)

static void
sg_settings_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_copy(&SG_SETTINGS(object)->values[id], value);
}

static void
sg_settings_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SgSettings *self = SG_SETTINGS(object);
  if (g_param_values_cmp(pspec, &self->values[id], value) == 0)
    return;
  g_value_copy(value, &self->values[id]);
  g_object_notify_by_pspec(object, pspec);
}

static void
sg_settings_finalize(GObject *object)
{
  SgSettings *self = SG_SETTINGS(object);
  g_clear_object(&self->kept);
  for (guint id = 1; id < N_PROPS; id++)
    g_value_unset(&self->values[id]);
  G_OBJECT_CLASS(sg_settings_parent_class)->finalize(object);
}

static void
sg_settings_class_init(SgSettingsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->get_property = sg_settings_get_property;
  object_class->set_property = sg_settings_set_property;
  object_class->finalize = sg_settings_finalize;
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  props[PROP_OUTPUT_DEVICE] = g_param_spec_string("output-device", NULL, NULL, "", flags);
  props[PROP_BUFFER_FRAMES] = g_param_spec_uint("buffer-frames", NULL, NULL, 0, 8192, 0, flags);
  props[PROP_SCRATCH_FOLDER] = g_param_spec_string("scratch-folder", NULL, NULL, "", flags);
  props[PROP_METHOD] = g_param_spec_string("method", NULL, NULL, SG_METHOD_CHOICE_STANDARD, flags);
  props[PROP_METHOD_KNOBS] =
      g_param_spec_variant("method-knobs", NULL, NULL, G_VARIANT_TYPE(SG_METHOD_KNOBS_TYPE),
                           g_variant_new_array(G_VARIANT_TYPE("{sa{sd}}"), NULL, 0), flags);
  props[PROP_WIENER_ITERATIONS] =
      g_param_spec_uint("wiener-iterations", NULL, NULL, 0, SG_WIENER_MAX_ITERATIONS, 0, flags);
  props[PROP_COLOURS] = g_param_spec_string("colours", NULL, NULL, "magma", flags);
  props[PROP_RANGE_DB] = g_param_spec_double("range-db", NULL, NULL, SG_SETTINGS_RANGE_MIN_DB,
                                             SG_SETTINGS_RANGE_MAX_DB, 75.0, flags);
  props[PROP_COLOUR_SCHEME] = g_param_spec_string("colour-scheme", NULL, NULL, "system", flags);
  props[PROP_EXPORT_FORMAT] = g_param_spec_string("export-format", NULL, NULL, "wav-32f", flags);
  props[PROP_WINDOW_WIDTH] = g_param_spec_int("window-width", NULL, NULL, 1, 32767, 1100, flags);
  props[PROP_WINDOW_HEIGHT] = g_param_spec_int("window-height", NULL, NULL, 1, 32767, 720, flags);
  props[PROP_WINDOW_MAXIMIZED] = g_param_spec_boolean("window-maximized", NULL, NULL, FALSE, flags);
  g_object_class_install_properties(object_class, N_PROPS, props);
}

/* GSettings ends the program when a schema is missing, so it is looked for first. */
static GSettings *
find_kept(void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default();
  g_autoptr(GSettingsSchema) schema =
      source != NULL ? g_settings_schema_source_lookup(source, SG_SETTINGS_SCHEMA_ID, TRUE) : NULL;
  if (schema == NULL)
    return NULL;
  /* A schema of another version may lack what this one has. */
  for (guint id = 1; id < N_PROPS; id++)
    if (!g_settings_schema_has_key(schema, props[id]->name))
      return NULL;
  return g_settings_new_full(schema, NULL, NULL);
}

/* g_settings_bind itself knows no properties that are variants. */

static gboolean
variant_to_value(GValue *value, GVariant *variant, gpointer data)
{
  g_value_set_variant(value, variant);
  return TRUE;
}

static GVariant *
value_to_variant(const GValue *value, const GVariantType *expected, gpointer data)
{
  return g_value_dup_variant(value);
}

static void
bind(SgSettings *self, const char *name, GType type)
{
  if (type == G_TYPE_VARIANT)
    g_settings_bind_with_mapping(self->kept, name, self, name, G_SETTINGS_BIND_DEFAULT, variant_to_value,
                                 value_to_variant, NULL, NULL);
  else
    g_settings_bind(self->kept, name, self, name, G_SETTINGS_BIND_DEFAULT);
}

static void
sg_settings_init(SgSettings *self)
{
  for (guint id = 1; id < N_PROPS; id++) {
    g_value_init(&self->values[id], props[id]->value_type);
    g_param_value_set_default(props[id], &self->values[id]);
  }
  self->kept = find_kept();
  for (guint id = 1; id < N_PROPS && self->kept != NULL; id++)
    bind(self, props[id]->name, props[id]->value_type);
}

SgSettings *
sg_settings_new(void)
{
  return g_object_new(SG_TYPE_SETTINGS, NULL);
}

gboolean
sg_settings_are_kept(SgSettings *self)
{
  g_return_val_if_fail(SG_IS_SETTINGS(self), FALSE);
  return self->kept != NULL;
}

static const GValue *
find_value(SgSettings *self, const char *name)
{
  GParamSpec *pspec = g_object_class_find_property(G_OBJECT_GET_CLASS(self), name);
  g_return_val_if_fail(pspec != NULL, NULL);
  return &self->values[pspec->param_id];
}

const char *
sg_settings_get_string(SgSettings *self, const char *name)
{
  g_return_val_if_fail(SG_IS_SETTINGS(self), NULL);
  return g_value_get_string(find_value(self, name));
}

double
sg_settings_get_double(SgSettings *self, const char *name)
{
  g_return_val_if_fail(SG_IS_SETTINGS(self), 0.0);
  return g_value_get_double(find_value(self, name));
}

SgMethodChoice *
sg_settings_dup_method_choice(SgSettings *self)
{
  g_return_val_if_fail(SG_IS_SETTINGS(self), NULL);
  SgMethodChoice *choice = sg_method_choice_new();
  sg_method_choice_set_knobs(choice, g_value_get_variant(&self->values[PROP_METHOD_KNOBS]));
  sg_method_choice_set_method_id(choice, g_value_get_string(&self->values[PROP_METHOD]));
  sg_method_choice_set_wiener_iterations(choice, g_value_get_uint(&self->values[PROP_WIENER_ITERATIONS]));
  return choice;
}

void
sg_settings_set_method_choice(SgSettings *self, SgMethodChoice *choice)
{
  g_return_if_fail(SG_IS_SETTINGS(self));
  const char *id = sg_method_choice_get_method_id(choice);
  /* The standard by its name: another version has it elsewhere, or another one. */
  if (g_str_equal(id, sg_method_choice_standard_id()))
    id = SG_METHOD_CHOICE_STANDARD;
  g_object_set(self, "method", id, "method-knobs", sg_method_choice_get_knobs(choice), "wiener-iterations",
               sg_method_choice_get_wiener_iterations(choice), NULL);
}

const char *
sg_settings_get_scratch_folder(SgSettings *self)
{
  g_return_val_if_fail(SG_IS_SETTINGS(self), NULL);
  const char *folder = g_value_get_string(&self->values[PROP_SCRATCH_FOLDER]);
  return folder != NULL && folder[0] != '\0' ? folder : NULL;
}
