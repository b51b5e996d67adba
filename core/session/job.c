#include "core/session/job.h"

#include <glib/gi18n-lib.h>

#include "core/session/time-left.h"

enum { NOTIFY_INTERVAL_MS = 50 };

struct _SgJob {
  GObject parent_instance;
  gint cancelled; /* atomic */

  GMutex lock;
  double next_fraction; /* under lock: what the worker said last */
  const char *next_stage;
  guint notify_source;

  double fraction; /* main thread from here on */
  const char *stage;
  double seconds_left;
  SgTimeLeft time_left;
};

G_DEFINE_FINAL_TYPE(SgJob, sg_job, G_TYPE_OBJECT)

enum { PROP_0, PROP_FRACTION, PROP_MESSAGE, PROP_SECONDS_LEFT, N_PROPS };
static GParamSpec *props[N_PROPS];

static void
sg_job_finalize(GObject *object)
{
  SgJob *self = SG_JOB(object);
  g_mutex_clear(&self->lock);
  G_OBJECT_CLASS(sg_job_parent_class)->finalize(object);
}

static void
sg_job_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgJob *self = SG_JOB(object);
  switch (id) {
  case PROP_FRACTION:
    g_value_set_double(value, self->fraction);
    break;
  case PROP_MESSAGE:
    g_value_set_string(value, sg_job_get_message(self));
    break;
  case PROP_SECONDS_LEFT:
    g_value_set_double(value, self->seconds_left);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_job_class_init(SgJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = sg_job_finalize;
  object_class->get_property = sg_job_get_property;
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  props[PROP_FRACTION] = g_param_spec_double("fraction", NULL, NULL, 0.0, 1.0, 0.0, flags);
  props[PROP_MESSAGE] = g_param_spec_string("message", NULL, NULL, NULL, flags);
  props[PROP_SECONDS_LEFT] = g_param_spec_double("seconds-left", NULL, NULL, -1.0, G_MAXDOUBLE, -1.0, flags);
  g_object_class_install_properties(object_class, N_PROPS, props);
}

static void
sg_job_init(SgJob *self)
{
  g_mutex_init(&self->lock);
  self->seconds_left = -1.0;
}

SgJob *
sg_job_new(void)
{
  return g_object_new(SG_TYPE_JOB, NULL);
}

static gboolean
show_progress(gpointer data)
{
  SgJob *self = data;
  g_mutex_lock(&self->lock);
  double fraction = self->next_fraction;
  const char *stage = self->next_stage;
  self->notify_source = 0;
  g_mutex_unlock(&self->lock);

  gboolean new_stage = stage != self->stage;
  self->fraction = fraction;
  self->stage = stage;
  self->seconds_left =
      sg_time_left_update(&self->time_left, fraction, stage, (double)g_get_monotonic_time() / G_USEC_PER_SEC);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_FRACTION]);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_SECONDS_LEFT]);
  if (new_stage)
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_MESSAGE]);
  return G_SOURCE_REMOVE;
}

bool
sg_job_progress(double fraction, const char *stage, void *job)
{
  SgJob *self = job;
  g_mutex_lock(&self->lock);
  self->next_fraction = fraction;
  self->next_stage = g_intern_string(stage);
  if (self->notify_source == 0)
    self->notify_source = g_timeout_add_full(G_PRIORITY_DEFAULT_IDLE, NOTIFY_INTERVAL_MS, show_progress,
                                             g_object_ref(self), g_object_unref);
  g_mutex_unlock(&self->lock);
  return !sg_job_is_cancelled(self);
}

void
sg_job_cancel(SgJob *self)
{
  g_return_if_fail(SG_IS_JOB(self));
  g_atomic_int_set(&self->cancelled, TRUE);
}

gboolean
sg_job_is_cancelled(SgJob *self)
{
  return g_atomic_int_get(&self->cancelled);
}

double
sg_job_get_fraction(SgJob *self)
{
  g_return_val_if_fail(SG_IS_JOB(self), 0.0);
  return self->fraction;
}

const char *
sg_stage_text(const char *stage)
{
  if (g_strcmp0(stage, "decode") == 0)
    return _("Opening");
  if (g_strcmp0(stage, "separate") == 0)
    return _("Separating");
  if (g_strcmp0(stage, "export") == 0)
    return _("Exporting");
  if (g_strcmp0(stage, "scan") == 0 || g_strcmp0(stage, "listen") == 0)
    return _("Looking at the dataset");
  if (g_strcmp0(stage, "cache") == 0)
    return _("Decoding the dataset");
  if (g_strcmp0(stage, "train") == 0)
    return _("Training");
  if (g_strcmp0(stage, "materials") == 0)
    return _("Reading instruments");
  if (g_strcmp0(stage, "voices") == 0)
    return _("Teaching voices to sing");
  if (g_strcmp0(stage, "corpus") == 0)
    return _("Rendering songs");
  if (g_strcmp0(stage, "score") == 0)
    return _("Scoring");
  if (g_strcmp0(stage, "beats") == 0)
    return _("Looking for beats");
  return _("Working");
}

const char *
sg_job_get_message(SgJob *self)
{
  g_return_val_if_fail(SG_IS_JOB(self), NULL);
  return sg_stage_text(self->stage);
}

double
sg_job_get_seconds_left(SgJob *self)
{
  g_return_val_if_fail(SG_IS_JOB(self), -1.0);
  return self->seconds_left;
}
