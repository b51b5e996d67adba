#include "core/session/history.h"

#define COALESCE_US (1 * G_USEC_PER_SEC)

typedef struct {
  SgHistory *history;
  GObject *object;
  GParamSpec *pspec;
  char *name;
  gboolean coalesce;
  GValue last; /* the property's value before the next change */
  gulong handler;
} Watch;

/* A change of a property, or of a list. */
typedef struct {
  char *name;
  GObject *object;   /* or the list */
  GParamSpec *pspec; /* NULL: of a list */
  GValue before, after;
  GObject *item;
  guint index;
  gboolean added;
  gint64 time_us;
  guint group; /* 0: none */
} Step;

struct _SgHistory {
  GObject parent_instance;
  GPtrArray *watches;
  GPtrArray *steps;
  guint n_done; /* the steps from here on have been undone */
  gboolean sealed;
  guint n_pauses;
  guint n_groups;
  char *group_name; /* of the group that has begun, or NULL */
};

G_DEFINE_FINAL_TYPE(SgHistory, sg_history, G_TYPE_OBJECT)

enum { PROP_0, PROP_UNDO_NAME, PROP_REDO_NAME, N_PROPS };
static GParamSpec *props[N_PROPS];

static void
watch_free(gpointer data)
{
  Watch *watch = data;
  g_signal_handler_disconnect(watch->object, watch->handler);
  g_object_unref(watch->object);
  g_value_unset(&watch->last);
  g_free(watch->name);
  g_free(watch);
}

static void
step_free(gpointer data)
{
  Step *step = data;
  g_object_unref(step->object);
  g_clear_object(&step->item);
  if (step->pspec != NULL) {
    g_value_unset(&step->before);
    g_value_unset(&step->after);
  }
  g_free(step->name);
  g_free(step);
}

static void
sg_history_dispose(GObject *object)
{
  SgHistory *self = SG_HISTORY(object);
  g_ptr_array_set_size(self->watches, 0);
  g_ptr_array_set_size(self->steps, 0);
  self->n_done = 0;
  G_OBJECT_CLASS(sg_history_parent_class)->dispose(object);
}

static void
sg_history_finalize(GObject *object)
{
  SgHistory *self = SG_HISTORY(object);
  g_ptr_array_unref(self->watches);
  g_ptr_array_unref(self->steps);
  g_free(self->group_name);
  G_OBJECT_CLASS(sg_history_parent_class)->finalize(object);
}

static void
sg_history_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgHistory *self = SG_HISTORY(object);
  switch (id) {
  case PROP_UNDO_NAME:
    g_value_set_string(value, sg_history_get_undo_name(self));
    break;
  case PROP_REDO_NAME:
    g_value_set_string(value, sg_history_get_redo_name(self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_history_class_init(SgHistoryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->dispose = sg_history_dispose;
  object_class->finalize = sg_history_finalize;
  object_class->get_property = sg_history_get_property;
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  props[PROP_UNDO_NAME] = g_param_spec_string("undo-name", NULL, NULL, NULL, flags);
  props[PROP_REDO_NAME] = g_param_spec_string("redo-name", NULL, NULL, NULL, flags);
  g_object_class_install_properties(object_class, N_PROPS, props);
}

static void
sg_history_init(SgHistory *self)
{
  self->watches = g_ptr_array_new_with_free_func(watch_free);
  self->steps = g_ptr_array_new_with_free_func(step_free);
}

SgHistory *
sg_history_new(void)
{
  return g_object_new(SG_TYPE_HISTORY, NULL);
}

static void
notify(SgHistory *self)
{
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_UNDO_NAME]);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_REDO_NAME]);
}

static Step *
last_step(SgHistory *self)
{
  return self->n_done > 0 ? g_ptr_array_index(self->steps, self->n_done - 1) : NULL;
}

/* Whether the steps before and after place `i` go together. */
static gboolean
is_within_group(SgHistory *self, guint i)
{
  if (i == 0 || i >= self->steps->len)
    return FALSE;
  const Step *before = g_ptr_array_index(self->steps, i - 1), *after = g_ptr_array_index(self->steps, i);
  return before->group != 0 && before->group == after->group;
}

static guint
current_group(SgHistory *self)
{
  return self->group_name != NULL ? self->n_groups : 0;
}

/* Takes `step`. */
static void
push(SgHistory *self, Step *step)
{
  g_ptr_array_set_size(self->steps, (int)self->n_done);
  step->time_us = g_get_monotonic_time();
  step->group = current_group(self);
  if (step->group != 0) {
    g_free(step->name);
    step->name = g_strdup(self->group_name);
  }
  g_ptr_array_add(self->steps, step);
  if (self->steps->len > SG_HISTORY_MAX_STEPS) {
    guint n = 1;
    while (is_within_group(self, n))
      n++;
    g_ptr_array_remove_range(self->steps, 0, n);
  }
  self->n_done = self->steps->len;
  self->sealed = FALSE;
  notify(self);
}

static gboolean
joins(SgHistory *self, const Watch *watch, const Step *step)
{
  return watch->coalesce && !self->sealed && step != NULL && self->n_done == self->steps->len &&
         step->group == current_group(self) && step->object == watch->object && step->pspec == watch->pspec &&
         g_get_monotonic_time() - step->time_us <= COALESCE_US;
}

static void
take_value(GObject *object, GParamSpec *pspec, GValue *value)
{
  g_value_init(value, pspec->value_type);
  g_object_get_property(object, pspec->name, value);
}

static void
on_notify(GObject *object, GParamSpec *pspec, gpointer data)
{
  Watch *watch = data;
  SgHistory *self = watch->history;
  GValue now = G_VALUE_INIT;
  take_value(object, watch->pspec, &now);
  Step *last = last_step(self);
  if (self->n_pauses > 0 || g_param_values_cmp(watch->pspec, &watch->last, &now) == 0) {
    /* not a step */
  } else if (joins(self, watch, last)) {
    g_value_copy(&now, &last->after);
    last->time_us = g_get_monotonic_time();
    if (g_param_values_cmp(watch->pspec, &last->before, &now) == 0) {
      g_ptr_array_set_size(self->steps, (int)--self->n_done);
      notify(self);
    }
  } else {
    Step *step = g_new0(Step, 1);
    step->name = g_strdup(watch->name);
    step->object = g_object_ref(object);
    step->pspec = watch->pspec;
    g_value_init(&step->before, watch->pspec->value_type);
    g_value_init(&step->after, watch->pspec->value_type);
    g_value_copy(&watch->last, &step->before);
    g_value_copy(&now, &step->after);
    push(self, step);
  }
  g_value_copy(&now, &watch->last);
  g_value_unset(&now);
}

void
sg_history_watch(SgHistory *self, gpointer object, const char *property, const char *name, gboolean coalesce)
{
  g_return_if_fail(SG_IS_HISTORY(self));
  GParamSpec *pspec = g_object_class_find_property(G_OBJECT_GET_CLASS(object), property);
  g_return_if_fail(pspec != NULL);
  g_autofree char *signal = g_strconcat("notify::", property, NULL);
  Watch *watch = g_new0(Watch, 1);
  watch->history = self;
  watch->object = g_object_ref(object);
  watch->pspec = pspec;
  watch->name = g_strdup(name);
  watch->coalesce = coalesce;
  take_value(object, pspec, &watch->last);
  watch->handler = g_signal_connect(object, signal, G_CALLBACK(on_notify), watch);
  g_ptr_array_add(self->watches, watch);
}

void
sg_history_unwatch(SgHistory *self, gpointer object)
{
  g_return_if_fail(SG_IS_HISTORY(self));
  for (guint i = self->watches->len; i-- > 0;) {
    const Watch *watch = g_ptr_array_index(self->watches, i);
    if (watch->object == object)
      g_ptr_array_remove_index(self->watches, i);
  }
  for (guint i = self->steps->len; i-- > 0;) {
    const Step *step = g_ptr_array_index(self->steps, i);
    if (step->object != object)
      continue;
    self->n_done -= i < self->n_done ? 1 : 0;
    g_ptr_array_remove_index(self->steps, i);
  }
  notify(self);
}

static void
push_item(SgHistory *self, GListStore *list, guint index, gpointer item, const char *name, gboolean added)
{
  g_return_if_fail(SG_IS_HISTORY(self));
  if (self->n_pauses > 0)
    return;
  Step *step = g_new0(Step, 1);
  step->name = g_strdup(name);
  step->object = g_object_ref(G_OBJECT(list));
  step->item = g_object_ref(item);
  step->index = index;
  step->added = added;
  push(self, step);
}

void
sg_history_added(SgHistory *self, GListStore *list, guint index, gpointer item, const char *name)
{
  push_item(self, list, index, item, name, TRUE);
}

void
sg_history_removed(SgHistory *self, GListStore *list, guint index, gpointer item, const char *name)
{
  push_item(self, list, index, item, name, FALSE);
}

void
sg_history_begin_group(SgHistory *self, const char *name)
{
  g_return_if_fail(SG_IS_HISTORY(self) && self->group_name == NULL);
  self->group_name = g_strdup(name);
  self->n_groups++;
}

void
sg_history_end_group(SgHistory *self)
{
  g_return_if_fail(SG_IS_HISTORY(self) && self->group_name != NULL);
  g_clear_pointer(&self->group_name, g_free);
}

void
sg_history_seal(SgHistory *self)
{
  g_return_if_fail(SG_IS_HISTORY(self));
  self->sealed = TRUE;
}

void
sg_history_pause(SgHistory *self)
{
  g_return_if_fail(SG_IS_HISTORY(self));
  self->n_pauses++;
}

void
sg_history_resume(SgHistory *self)
{
  g_return_if_fail(SG_IS_HISTORY(self) && self->n_pauses > 0);
  self->n_pauses--;
}

static void
apply(SgHistory *self, const Step *step, gboolean undo)
{
  sg_history_pause(self);
  if (step->pspec != NULL)
    g_object_set_property(step->object, step->pspec->name, undo ? &step->before : &step->after);
  else if (step->added != undo)
    g_list_store_insert(G_LIST_STORE(step->object), step->index, step->item);
  else
    g_list_store_remove(G_LIST_STORE(step->object), step->index);
  sg_history_resume(self);
  self->sealed = TRUE;
}

gboolean
sg_history_undo(SgHistory *self)
{
  g_return_val_if_fail(SG_IS_HISTORY(self), FALSE);
  if (self->n_done == 0)
    return FALSE;
  do {
    self->n_done--;
    apply(self, g_ptr_array_index(self->steps, self->n_done), TRUE);
  } while (is_within_group(self, self->n_done));
  notify(self);
  return TRUE;
}

gboolean
sg_history_redo(SgHistory *self)
{
  g_return_val_if_fail(SG_IS_HISTORY(self), FALSE);
  if (self->n_done == self->steps->len)
    return FALSE;
  do {
    self->n_done++;
    apply(self, g_ptr_array_index(self->steps, self->n_done - 1), FALSE);
  } while (is_within_group(self, self->n_done));
  notify(self);
  return TRUE;
}

void
sg_history_clear(SgHistory *self)
{
  g_return_if_fail(SG_IS_HISTORY(self));
  g_ptr_array_set_size(self->steps, 0);
  self->n_done = 0;
  notify(self);
}

const char *
sg_history_get_undo_name(SgHistory *self)
{
  g_return_val_if_fail(SG_IS_HISTORY(self), NULL);
  const Step *step = last_step(self);
  return step != NULL ? step->name : NULL;
}

const char *
sg_history_get_redo_name(SgHistory *self)
{
  g_return_val_if_fail(SG_IS_HISTORY(self), NULL);
  if (self->n_done == self->steps->len)
    return NULL;
  const Step *step = g_ptr_array_index(self->steps, self->n_done);
  return step->name;
}
