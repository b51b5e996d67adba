#include "core/session/session.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/session/error.h"
#include "core/session/method-text.h"

enum { MASKS_CHANGED_INTERVAL_MS = 50 };

/* New masks this close ahead of the playhead may already have been rendered without them. */
static const double REFRESH_AHEAD_S = 1.0;

struct _SgSession {
  GObject parent_instance;
  SgPlayer *player;
  SgTrack *track;
  SgMaskSet *mask_set;
  GListStore *stems;
  SgJob *job;

  GMutex lock; /* workers add ready frames under it */
  gint64 ready_from, ready_to;
  guint masks_changed_source;
};

G_DEFINE_FINAL_TYPE(SgSession, sg_session, G_TYPE_OBJECT)

enum { PROP_0, PROP_TRACK, PROP_MASK_SET, PROP_JOB, N_PROPS };
static GParamSpec *props[N_PROPS];

enum { MASKS_CHANGED, STRENGTH_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
sg_session_dispose(GObject *object)
{
  SgSession *self = SG_SESSION(object);
  if (self->job != NULL)
    sg_job_cancel(self->job);
  if (self->player != NULL)
    sg_player_set_source(self->player, NULL, NULL);
  g_clear_object(&self->player);
  g_clear_object(&self->track);
  g_clear_object(&self->mask_set);
  g_clear_object(&self->stems);
  g_clear_object(&self->job);
  G_OBJECT_CLASS(sg_session_parent_class)->dispose(object);
}

static void
sg_session_finalize(GObject *object)
{
  SgSession *self = SG_SESSION(object);
  g_mutex_clear(&self->lock);
  G_OBJECT_CLASS(sg_session_parent_class)->finalize(object);
}

static void
sg_session_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgSession *self = SG_SESSION(object);
  switch (id) {
  case PROP_TRACK:
    g_value_set_object(value, self->track);
    break;
  case PROP_MASK_SET:
    g_value_set_object(value, self->mask_set);
    break;
  case PROP_JOB:
    g_value_set_object(value, self->job);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_session_class_init(SgSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->dispose = sg_session_dispose;
  object_class->finalize = sg_session_finalize;
  object_class->get_property = sg_session_get_property;
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  props[PROP_TRACK] = g_param_spec_object("track", NULL, NULL, SG_TYPE_TRACK, flags);
  props[PROP_MASK_SET] = g_param_spec_object("mask-set", NULL, NULL, SG_TYPE_MASK_SET, flags);
  props[PROP_JOB] = g_param_spec_object("job", NULL, NULL, SG_TYPE_JOB, flags);
  g_object_class_install_properties(object_class, N_PROPS, props);
  signals[MASKS_CHANGED] = g_signal_new("masks-changed", SG_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT64);
  signals[STRENGTH_CHANGED] = g_signal_new("strength-changed", SG_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 0);
}

static void
sg_session_init(SgSession *self)
{
  g_mutex_init(&self->lock);
  self->stems = g_list_store_new(SG_TYPE_STEM);
}

SgSession *
sg_session_new(SgPlayer *player)
{
  SgSession *self = g_object_new(SG_TYPE_SESSION, NULL);
  if (player != NULL)
    self->player = g_object_ref(player);
  return self;
}

SgTrack *
sg_session_get_track(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  return self->track;
}

SgMaskSet *
sg_session_get_mask_set(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  return self->mask_set;
}

GListModel *
sg_session_get_stems(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  return G_LIST_MODEL(self->stems);
}

SgPlayer *
sg_session_get_player(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  return self->player;
}

SgJob *
sg_session_get_job(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  return self->job;
}

/* The stems in the mixer */

static guint
n_stems(SgSession *self)
{
  return g_list_model_get_n_items(G_LIST_MODEL(self->stems));
}

SgRenderSettings
sg_session_get_settings(SgSession *self)
{
  SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
  g_return_val_if_fail(SG_IS_SESSION(self), settings);
  for (guint i = 0; i < n_stems(self) && i < SG_MAX_SOURCES; i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(G_LIST_MODEL(self->stems), i);
    settings.strength[sg_stem_get_index(stem)] = (float)sg_stem_get_strength(stem);
  }
  return settings;
}

static double
linear_gain(double gain_db)
{
  return gain_db <= SG_STEM_GAIN_MIN_DB ? 0.0 : pow(10.0, gain_db / 20.0);
}

static void
apply_gains(SgSession *self)
{
  gboolean any_soloed = FALSE;
  for (guint i = 0; i < n_stems(self); i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(G_LIST_MODEL(self->stems), i);
    any_soloed = any_soloed || sg_stem_get_soloed(stem);
  }
  for (guint i = 0; i < n_stems(self) && self->player != NULL; i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(G_LIST_MODEL(self->stems), i);
    gboolean heard = !sg_stem_get_muted(stem) && (sg_stem_get_soloed(stem) || !any_soloed);
    sg_player_set_gain(self->player, sg_stem_get_index(stem),
                       heard ? linear_gain(sg_stem_get_gain_db(stem)) : 0.0);
  }
}

static void
apply_strengths(SgSession *self)
{
  SgRenderSettings settings = sg_session_get_settings(self);
  if (self->player != NULL)
    sg_player_set_settings(self->player, &settings);
  g_signal_emit(self, signals[STRENGTH_CHANGED], 0);
}

static void
make_stems(SgSession *self)
{
  g_list_store_remove_all(self->stems);
  guint n = self->mask_set != NULL ? sg_mask_set_get_n_sources(self->mask_set) : 0;
  for (guint i = 0; i < n; i++) {
    const char *id = sg_mask_set_get_source_id(self->mask_set, i);
    g_autoptr(SgStem) stem = sg_stem_new(id, sg_source_name(id), i);
    g_signal_connect_object(stem, "notify::gain-db", G_CALLBACK(apply_gains), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(stem, "notify::muted", G_CALLBACK(apply_gains), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(stem, "notify::soloed", G_CALLBACK(apply_gains), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(stem, "notify::strength", G_CALLBACK(apply_strengths), self, G_CONNECT_SWAPPED);
    g_list_store_append(self->stems, stem);
  }
}

/* Whether the stems that are there are those of the mask set, so that they keep how they were set. */
static gboolean
stems_fit(SgSession *self)
{
  guint n = self->mask_set != NULL ? sg_mask_set_get_n_sources(self->mask_set) : 0;
  if (n != n_stems(self))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(G_LIST_MODEL(self->stems), i);
    if (!g_str_equal(sg_stem_get_id(stem), sg_mask_set_get_source_id(self->mask_set, i)))
      return FALSE;
  }
  return TRUE;
}

static void
set_mask_set(SgSession *self, SgMaskSet *mask_set)
{
  if (!g_set_object(&self->mask_set, mask_set))
    return;
  if (!stems_fit(self))
    make_stems(self);
  if (self->player != NULL)
    sg_player_set_source(self->player, self->track, self->mask_set);
  apply_gains(self);
  apply_strengths(self);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_MASK_SET]);
}

static void
set_track(SgSession *self, SgTrack *track)
{
  g_set_object(&self->track, track);
  if (self->mask_set != NULL)
    set_mask_set(self, NULL);
  if (self->player != NULL) {
    sg_player_pause(self->player);
    sg_player_set_source(self->player, track, NULL);
    sg_player_seek(self->player, 0);
  }
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_TRACK]);
}

/* Jobs: each runs in a GTask's thread; one at a time. */

static GTask *
start_job(SgSession *self, gpointer tag, GAsyncReadyCallback callback, gpointer user)
{
  g_autoptr(GTask) task = g_task_new(self, NULL, callback, user);
  g_task_set_source_tag(task, tag);
  if (self->job != NULL) {
    g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_BUSY, _("Something else is still running."));
    return NULL;
  }
  self->job = sg_job_new();
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_JOB]);
  return g_steal_pointer(&task);
}

static void
end_job(SgSession *self)
{
  g_clear_object(&self->job);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_JOB]);
}

/* Open */

typedef struct {
  char *path;
  SgJob *job;
} OpenJob;

static void
open_job_free(gpointer data)
{
  OpenJob *open = data;
  g_free(open->path);
  g_object_unref(open->job);
  g_free(open);
}

static void
open_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OpenJob *open = data;
  GError *error = NULL;
  SgTrack *track = sg_track_load(open->path, FALSE, sg_job_progress, open->job, &error);
  if (track == NULL)
    g_task_return_error(task, error);
  else
    g_task_return_pointer(task, track, g_object_unref);
}

void
sg_session_open_async(SgSession *self, GFile *file, GAsyncReadyCallback callback, gpointer user)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_autoptr(GTask) task = start_job(self, sg_session_open_async, callback, user);
  if (task == NULL)
    return;
  OpenJob *open = g_new0(OpenJob, 1);
  open->path = g_file_get_path(file);
  open->job = g_object_ref(self->job);
  g_task_set_task_data(task, open, open_job_free);
  if (open->path == NULL) {
    g_autofree char *uri = g_file_get_uri(file);
    g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                            _("“%s”: only files on this computer can be opened."), uri);
    return;
  }
  g_task_run_in_thread(task, open_in_thread);
}

gboolean
sg_session_open_finish(SgSession *self, GAsyncResult *result, GError **error)
{
  if (g_task_get_task_data(G_TASK(result)) != NULL)
    end_job(self);
  g_autoptr(SgTrack) track = g_task_propagate_pointer(G_TASK(result), error);
  if (track == NULL)
    return FALSE;
  set_track(self, track);
  return TRUE;
}

/* Separate */

typedef struct {
  SgSession *session;
  SgJob *job;
  SgTrack *track;
  char *method_id;
  gint64 focus;      /* the playhead when it started */
  SgMaskSet *before; /* what was there when it started */
  SgMaskSet *mask_set;
} SeparateJob;

static void
separate_job_free(gpointer data)
{
  SeparateJob *separate = data;
  g_object_unref(separate->job);
  g_object_unref(separate->track);
  g_free(separate->method_id);
  g_clear_object(&separate->before);
  g_clear_object(&separate->mask_set);
  g_free(separate);
}

static gboolean
emit_masks_changed(gpointer data)
{
  SgSession *self = data;
  g_mutex_lock(&self->lock);
  gint64 from = self->ready_from, to = self->ready_to;
  self->masks_changed_source = 0;
  g_mutex_unlock(&self->lock);
  if (self->mask_set == NULL)
    return G_SOURCE_REMOVE;
  g_signal_emit(self, signals[MASKS_CHANGED], 0, from, to - from);
  if (self->player == NULL)
    return G_SOURCE_REMOVE;
  gint64 playhead = sg_player_get_position(self->player);
  gint64 hop = sg_mask_set_get_stft_size(self->mask_set).hop;
  gint64 ahead = (gint64)(REFRESH_AHEAD_S * sg_track_get_rate(self->track));
  if (from * hop <= playhead + ahead && to * hop >= playhead)
    sg_player_refresh(self->player);
  sg_separation_set_focus(sg_mask_set_get_separation(self->mask_set), playhead);
  return G_SOURCE_REMOVE;
}

/* In a worker thread: notes the frames and sees to one signal for many. */
static void
chunk_ready(int64_t first_frame, int64_t n_frames, void *user)
{
  SgSession *self = user;
  g_mutex_lock(&self->lock);
  if (self->masks_changed_source == 0) {
    self->ready_from = first_frame;
    self->ready_to = first_frame + n_frames;
    self->masks_changed_source = g_timeout_add_full(G_PRIORITY_DEFAULT, MASKS_CHANGED_INTERVAL_MS,
                                                    emit_masks_changed, g_object_ref(self), g_object_unref);
  }
  self->ready_from = MIN(self->ready_from, first_frame);
  self->ready_to = MAX(self->ready_to, first_frame + n_frames);
  g_mutex_unlock(&self->lock);
}

static gboolean
show_started_separation(gpointer data)
{
  SeparateJob *separate = g_task_get_task_data(G_TASK(data));
  if (separate->session->job == separate->job)
    set_mask_set(separate->session, separate->mask_set);
  return G_SOURCE_REMOVE;
}

static void
separate_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SeparateJob *separate = data;
  GError *error = NULL;
  separate->mask_set = sg_mask_set_new(separate->track, separate->method_id, &error);
  if (separate->mask_set == NULL) {
    g_task_return_error(task, error);
    return;
  }
  SgSeparation *separation = sg_mask_set_get_separation(separate->mask_set);
  sg_separation_set_focus(separation, separate->focus);
  sg_separation_set_chunk_ready(separation, chunk_ready, separate->session);
  g_idle_add_full(G_PRIORITY_DEFAULT, show_started_separation, g_object_ref(task), g_object_unref);

  SgError engine_error;
  if (sg_separation_run(separation, 0, sg_job_progress, separate->job, &engine_error) == SG_OK) {
    g_task_return_boolean(task, TRUE);
    return;
  }
  sg_error_propagate(&error, &engine_error);
  g_task_return_error(task, error);
}

void
sg_session_separate_async(SgSession *self, const char *method_id, GAsyncReadyCallback callback, gpointer user)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_return_if_fail(self->track != NULL);
  g_autoptr(GTask) task = start_job(self, sg_session_separate_async, callback, user);
  if (task == NULL)
    return;
  SeparateJob *separate = g_new0(SeparateJob, 1);
  *separate = (SeparateJob){ .session = self, /* the task keeps it alive */
                             .job = g_object_ref(self->job),
                             .track = g_object_ref(self->track),
                             .method_id = g_strdup(method_id),
                             .focus = self->player != NULL ? sg_player_get_position(self->player) : 0 };
  g_set_object(&separate->before, self->mask_set);
  g_task_set_task_data(task, separate, separate_job_free);
  g_task_run_in_thread(task, separate_in_thread);
}

gboolean
sg_session_separate_finish(SgSession *self, GAsyncResult *result, GError **error)
{
  SeparateJob *separate = g_task_get_task_data(G_TASK(result));
  if (separate != NULL)
    end_job(self);
  gboolean done = g_task_propagate_boolean(G_TASK(result), error);
  if (separate != NULL)
    set_mask_set(self, done ? separate->mask_set : separate->before);
  return done;
}

/* Export */

typedef struct {
  SgJob *job;
  SgMaskSet *mask_set;
  char *folder;
  SgExportOptions options;
  SgExportReport report;
} ExportJob;

static void
export_job_free(gpointer data)
{
  ExportJob *export = data;
  g_object_unref(export->job);
  g_object_unref(export->mask_set);
  g_free(export->folder);
  g_free(export);
}

static void
export_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  ExportJob *export = data;
  SgError engine_error;
  GError *error = NULL;
  if (sg_export_stems(sg_mask_set_get_separation(export->mask_set), &export->options, sg_job_progress,
                      export->job, &export->report, &engine_error) == SG_OK) {
    g_task_return_boolean(task, TRUE);
    return;
  }
  sg_error_propagate(&error, &engine_error);
  g_task_return_error(task, error);
}

void
sg_session_export_async(SgSession *self, GFile *folder, SgContainer container, SgBits bits,
                        gboolean overwrite, GAsyncReadyCallback callback, gpointer user)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_return_if_fail(self->mask_set != NULL);
  g_autoptr(GTask) task = start_job(self, sg_session_export_async, callback, user);
  if (task == NULL)
    return;
  ExportJob *export = g_new0(ExportJob, 1);
  export->job = g_object_ref(self->job);
  export->mask_set = g_object_ref(self->mask_set);
  export->folder = g_file_get_path(folder);
  export->options = (SgExportOptions){ .folder = export->folder,
                                       .container = container,
                                       .bits = bits,
                                       .overwrite = overwrite,
                                       .settings = sg_session_get_settings(self) };
  g_task_set_task_data(task, export, export_job_free);
  if (export->folder == NULL) {
    g_autofree char *uri = g_file_get_uri(folder);
    g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                            _("“%s”: stems can be written to folders on this computer only."), uri);
    return;
  }
  g_task_run_in_thread(task, export_in_thread);
}

gboolean
sg_session_export_finish(SgSession *self, GAsyncResult *result, SgExportReport *out_report, GError **error)
{
  ExportJob *export = g_task_get_task_data(G_TASK(result));
  if (export != NULL)
    end_job(self);
  gboolean done = g_task_propagate_boolean(G_TASK(result), error);
  if (done && out_report != NULL)
    *out_report = export->report;
  return done;
}
