#include "core/session/method-choice.h"

#include <math.h>
#include <string.h>

#include "core/mask/wiener.h"
#include "core/separate/knobs.h"
#include "core/session/model-library.h"

static const char MODEL_PREFIX[] = "model:";

struct _SgMethodChoice {
  GObject parent_instance;

  char *method_id;
  guint wiener_iterations;
  GHashTable *knobs; /* method's identifier → its values (double *), where any was set */
};

G_DEFINE_FINAL_TYPE(SgMethodChoice, sg_method_choice, G_TYPE_OBJECT)

enum { PROP_0, PROP_METHOD_ID, PROP_WIENER_ITERATIONS, N_PROPS };
static GParamSpec *props[N_PROPS];

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static const SgMethodClass *
find_class(const char *method_id)
{
  return sg_method_find(g_str_has_prefix(method_id, MODEL_PREFIX) ? "model" : method_id);
}

/* "model:NAME" with the path of that model, anything else as it is; NULL when there is no such model. */
static char *
dup_resolved(const char *method_id)
{
  const char *name = g_str_has_prefix(method_id, MODEL_PREFIX) ? method_id + strlen(MODEL_PREFIX) : NULL;
  if (name == NULL || strchr(name, G_DIR_SEPARATOR) != NULL)
    return g_strdup(method_id);
  g_autofree char *path = sg_model_library_dup_path(name, NULL);
  return path != NULL ? g_strconcat(MODEL_PREFIX, path, NULL) : NULL;
}

const char *
sg_method_choice_standard_id(void)
{
  static const char *standard_id;
  if (g_once_init_enter(&standard_id)) {
    char *resolved = dup_resolved(SG_METHOD_CHOICE_STANDARD);
    g_once_init_leave(&standard_id, resolved != NULL ? resolved : g_strdup("classic"));
  }
  return standard_id;
}

static void
sg_method_choice_finalize(GObject *object)
{
  SgMethodChoice *self = SG_METHOD_CHOICE(object);
  g_free(self->method_id);
  g_hash_table_unref(self->knobs);
  G_OBJECT_CLASS(sg_method_choice_parent_class)->finalize(object);
}

static void
sg_method_choice_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgMethodChoice *self = SG_METHOD_CHOICE(object);
  switch (id) {
  case PROP_METHOD_ID:
    g_value_set_string(value, self->method_id);
    break;
  case PROP_WIENER_ITERATIONS:
    g_value_set_uint(value, self->wiener_iterations);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_method_choice_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  SgMethodChoice *self = SG_METHOD_CHOICE(object);
  switch (id) {
  case PROP_METHOD_ID:
    sg_method_choice_set_method_id(self, g_value_get_string(value));
    break;
  case PROP_WIENER_ITERATIONS:
    sg_method_choice_set_wiener_iterations(self, g_value_get_uint(value));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_method_choice_class_init(SgMethodChoiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = sg_method_choice_finalize;
  object_class->get_property = sg_method_choice_get_property;
  object_class->set_property = sg_method_choice_set_property;
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  props[PROP_METHOD_ID] = g_param_spec_string("method-id", NULL, NULL, SG_METHOD_CHOICE_STANDARD, flags);
  props[PROP_WIENER_ITERATIONS] =
      g_param_spec_uint("wiener-iterations", NULL, NULL, 0, SG_WIENER_MAX_ITERATIONS, 0, flags);
  g_object_class_install_properties(object_class, N_PROPS, props);
  signals[CHANGED] =
      g_signal_new("changed", SG_TYPE_METHOD_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sg_method_choice_init(SgMethodChoice *self)
{
  self->method_id = g_strdup(sg_method_choice_standard_id());
  self->knobs = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
}

SgMethodChoice *
sg_method_choice_new(void)
{
  return g_object_new(SG_TYPE_METHOD_CHOICE, NULL);
}

const char *
sg_method_choice_get_method_id(SgMethodChoice *self)
{
  g_return_val_if_fail(SG_IS_METHOD_CHOICE(self), NULL);
  return self->method_id;
}

gboolean
sg_method_choice_set_method_id(SgMethodChoice *self, const char *method_id)
{
  g_return_val_if_fail(SG_IS_METHOD_CHOICE(self), FALSE);
  if (method_id == NULL || g_str_equal(method_id, "model") || find_class(method_id) == NULL)
    return FALSE;
  g_autofree char *resolved = dup_resolved(method_id);
  if (resolved == NULL)
    return FALSE;
  if (g_str_equal(self->method_id, resolved))
    return TRUE;
  g_free(self->method_id);
  self->method_id = g_steal_pointer(&resolved);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_METHOD_ID]);
  g_signal_emit(self, signals[CHANGED], 0);
  return TRUE;
}

const SgMethodClass *
sg_method_choice_get_class(SgMethodChoice *self)
{
  g_return_val_if_fail(SG_IS_METHOD_CHOICE(self), NULL);
  return find_class(self->method_id);
}

const char *
sg_method_choice_get_model_path(SgMethodChoice *self)
{
  g_return_val_if_fail(SG_IS_METHOD_CHOICE(self), NULL);
  return g_str_has_prefix(self->method_id, MODEL_PREFIX) ? self->method_id + strlen(MODEL_PREFIX) : NULL;
}

guint
sg_method_choice_get_wiener_iterations(SgMethodChoice *self)
{
  g_return_val_if_fail(SG_IS_METHOD_CHOICE(self), 0);
  return self->wiener_iterations;
}

void
sg_method_choice_set_wiener_iterations(SgMethodChoice *self, guint n_iterations)
{
  g_return_if_fail(SG_IS_METHOD_CHOICE(self));
  n_iterations = MIN(n_iterations, SG_WIENER_MAX_ITERATIONS);
  if (self->wiener_iterations == n_iterations)
    return;
  self->wiener_iterations = n_iterations;
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_WIENER_ITERATIONS]);
  g_signal_emit(self, signals[CHANGED], 0);
}

/* Knobs */

static double *
dup_standard(const SgMethodClass *method)
{
  double *values = g_new(double, MAX(method->n_knobs, 1));
  for (gsize k = 0; k < method->n_knobs; k++)
    values[k] = method->knobs[k].standard;
  return values;
}

static double
nearest_allowed(const SgMethodKnob *knob, double value)
{
  if (!isfinite(value))
    return knob->standard;
  value = CLAMP(value, knob->minimum, knob->maximum);
  double step = knob->choices != NULL ? 1.0 : knob->step;
  if (step == 0.0)
    return value;
  if (fabs(value - knob->standard) < 0.5 * step)
    return knob->standard; /* to the last bit */
  value = knob->minimum + step * floor((value - knob->minimum) / step + 0.5);
  return value <= knob->maximum ? value : value - step;
}

static double
get_value(SgMethodChoice *self, const SgMethodClass *method, guint knob)
{
  const double *values = g_hash_table_lookup(self->knobs, method->id);
  return values != NULL ? values[knob] : method->knobs[knob].standard;
}

/* Whether that changed anything. */
static gboolean
set_value(SgMethodChoice *self, const SgMethodClass *method, guint knob, double value)
{
  value = nearest_allowed(&method->knobs[knob], value);
  if (value == get_value(self, method, knob))
    return FALSE;
  double *values = g_hash_table_lookup(self->knobs, method->id);
  if (values == NULL) {
    values = dup_standard(method);
    g_hash_table_insert(self->knobs, (char *)method->id, values);
  }
  values[knob] = value;
  return TRUE;
}

double
sg_method_choice_get_knob(SgMethodChoice *self, guint knob)
{
  const SgMethodClass *method = sg_method_choice_get_class(self);
  g_return_val_if_fail(method != NULL && knob < method->n_knobs, 0.0);
  return get_value(self, method, knob);
}

void
sg_method_choice_set_knob(SgMethodChoice *self, guint knob, double value)
{
  const SgMethodClass *method = sg_method_choice_get_class(self);
  g_return_if_fail(method != NULL && knob < method->n_knobs);
  if (set_value(self, method, knob, value))
    g_signal_emit(self, signals[CHANGED], 0);
}

gboolean
sg_method_choice_is_standard(SgMethodChoice *self)
{
  const SgMethodClass *method = sg_method_choice_get_class(self);
  g_return_val_if_fail(method != NULL, TRUE);
  for (guint k = 0; k < method->n_knobs; k++)
    if (get_value(self, method, k) != method->knobs[k].standard)
      return FALSE;
  return self->wiener_iterations == 0;
}

void
sg_method_choice_reset(SgMethodChoice *self)
{
  const SgMethodClass *method = sg_method_choice_get_class(self);
  g_return_if_fail(method != NULL);
  gboolean had_knobs = g_hash_table_remove(self->knobs, method->id);
  if (self->wiener_iterations > 0)
    sg_method_choice_set_wiener_iterations(self, 0);
  else if (had_knobs)
    g_signal_emit(self, signals[CHANGED], 0);
}

double *
sg_method_choice_dup_knobs(SgMethodChoice *self)
{
  const SgMethodClass *method = sg_method_choice_get_class(self);
  g_return_val_if_fail(method != NULL, NULL);
  if (method->n_knobs == 0)
    return NULL;
  double *values = g_new(double, method->n_knobs);
  for (guint k = 0; k < method->n_knobs; k++)
    values[k] = get_value(self, method, k);
  return values;
}

gboolean
sg_method_choice_equal(SgMethodChoice *a, SgMethodChoice *b)
{
  g_return_val_if_fail(SG_IS_METHOD_CHOICE(a) && SG_IS_METHOD_CHOICE(b), FALSE);
  if (!g_str_equal(a->method_id, b->method_id) || a->wiener_iterations != b->wiener_iterations)
    return FALSE;
  const SgMethodClass *method = find_class(a->method_id);
  for (guint k = 0; k < method->n_knobs; k++)
    if (get_value(a, method, k) != get_value(b, method, k))
      return FALSE;
  return TRUE;
}

SgMethodChoice *
sg_method_choice_copy(SgMethodChoice *self)
{
  g_return_val_if_fail(SG_IS_METHOD_CHOICE(self), NULL);
  SgMethodChoice *copy = sg_method_choice_new();
  g_autoptr(GVariant) knobs = g_variant_ref_sink(sg_method_choice_get_knobs(self));
  sg_method_choice_set_knobs(copy, knobs);
  sg_method_choice_set_method_id(copy, self->method_id);
  copy->wiener_iterations = self->wiener_iterations;
  return copy;
}

/* All methods' knobs as one value */

static void
add_knobs(SgMethodChoice *self, const SgMethodClass *method, GVariantBuilder *methods)
{
  if (!g_hash_table_contains(self->knobs, method->id))
    return;
  g_variant_builder_open(methods, G_VARIANT_TYPE("{sa{sd}}"));
  g_variant_builder_add(methods, "s", method->id);
  g_variant_builder_open(methods, G_VARIANT_TYPE("a{sd}"));
  for (guint k = 0; k < method->n_knobs; k++)
    if (get_value(self, method, k) != method->knobs[k].standard)
      g_variant_builder_add(methods, "{sd}", method->knobs[k].id, get_value(self, method, k));
  g_variant_builder_close(methods);
  g_variant_builder_close(methods);
}

static void
take_knobs(SgMethodChoice *self, const SgMethodClass *method, GVariant *methods)
{
  g_autoptr(GVariant) values = g_variant_lookup_value(methods, method->id, G_VARIANT_TYPE("a{sd}"));
  double value;
  for (guint k = 0; values != NULL && k < method->n_knobs; k++)
    if (g_variant_lookup(values, method->knobs[k].id, "d", &value))
      set_value(self, method, k, value);
}

/* "model" is no part of the list. */
GVariant *
sg_method_choice_get_knobs(SgMethodChoice *self)
{
  g_return_val_if_fail(SG_IS_METHOD_CHOICE(self), NULL);
  GVariantBuilder methods;
  g_variant_builder_init(&methods, G_VARIANT_TYPE(SG_METHOD_KNOBS_TYPE));
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++)
    add_knobs(self, *method, &methods);
  add_knobs(self, sg_method_find("model"), &methods);
  return g_variant_builder_end(&methods);
}

void
sg_method_choice_set_knobs(SgMethodChoice *self, GVariant *knobs)
{
  g_return_if_fail(SG_IS_METHOD_CHOICE(self));
  g_return_if_fail(g_variant_is_of_type(knobs, G_VARIANT_TYPE(SG_METHOD_KNOBS_TYPE)));
  g_hash_table_remove_all(self->knobs);
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++)
    take_knobs(self, *method, knobs);
  take_knobs(self, sg_method_find("model"), knobs);
  g_signal_emit(self, signals[CHANGED], 0);
}
