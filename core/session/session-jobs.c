/* What a session does that takes long: open, separate, export. Each runs in a GTask's thread, one at a time.
 */
#include <glib/gi18n-lib.h>

#include "core/mask/wiener.h"
#include "core/session/error.h"
#include "core/session/method-text.h"
#include "core/session/session-private.h"

/* Open */

typedef struct {
  char *path;
  char *scratch_folder;
  SgJob *job;
} OpenJob;

static void
open_job_free(gpointer data)
{
  OpenJob *open = data;
  g_free(open->path);
  g_free(open->scratch_folder);
  g_object_unref(open->job);
  g_free(open);
}

static void
open_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OpenJob *open = data;
  GError *error = NULL;
  SgTrack *track =
      sg_track_load_into(open->path, FALSE, open->scratch_folder, sg_job_progress, open->job, &error);
  if (track == NULL)
    g_task_return_error(task, error);
  else
    g_task_return_pointer(task, track, g_object_unref);
}

void
sg_session_open_async(SgSession *self, GFile *file, GAsyncReadyCallback callback, gpointer user)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_autoptr(GTask) task = sg_session_start_job(self, sg_session_open_async, callback, user);
  if (task == NULL)
    return;
  OpenJob *open = g_new0(OpenJob, 1);
  open->path = g_file_get_path(file);
  open->scratch_folder = g_strdup(self->scratch_folder);
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
    sg_session_end_job(self);
  g_autoptr(SgTrack) track = g_task_propagate_pointer(G_TASK(result), error);
  if (track == NULL)
    return FALSE;
  sg_session_set_track(self, track);
  return TRUE;
}

/* Separate */

typedef struct {
  SgSession *session;
  SgJob *job;
  SgTrack *track;
  SgMethodChoice *choice; /* a copy, so that the thread alone has it */
  char *scratch_folder;
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
  g_object_unref(separate->choice);
  g_free(separate->scratch_folder);
  g_clear_object(&separate->before);
  g_clear_object(&separate->mask_set);
  g_free(separate);
}

static gboolean
show_started_separation(gpointer data)
{
  SeparateJob *separate = g_task_get_task_data(G_TASK(data));
  if (separate->session->job == separate->job)
    sg_session_set_mask_set(separate->session, separate->mask_set);
  return G_SOURCE_REMOVE;
}

static void
separate_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SeparateJob *separate = data;
  GError *error = NULL;
  g_autofree double *knobs = sg_method_choice_dup_knobs(separate->choice);
  SgSeparationSetup setup = { .method = sg_method_choice_get_class(separate->choice),
                              .knobs = knobs,
                              .model_path = sg_method_choice_get_model_path(separate->choice),
                              .wiener_iterations = sg_method_choice_get_wiener_iterations(separate->choice),
                              .scratch_folder = separate->scratch_folder };
  separate->mask_set = sg_mask_set_new_for(separate->track, &setup, &error);
  if (separate->mask_set == NULL) {
    g_task_return_error(task, error);
    return;
  }
  SgSeparation *separation = sg_mask_set_get_separation(separate->mask_set);
  sg_separation_set_focus(separation, separate->focus);
  sg_separation_set_chunk_ready(separation, sg_session_masks_ready, separate->session);
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
sg_session_set_wiener_iterations(SgSession *self, guint n_iterations)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_return_if_fail(n_iterations <= SG_WIENER_MAX_ITERATIONS);
  self->wiener_iterations = n_iterations;
}

guint
sg_session_get_wiener_iterations(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), 0);
  return self->wiener_iterations;
}

void
sg_session_set_scratch_folder(SgSession *self, const char *folder)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_free(self->scratch_folder);
  self->scratch_folder = g_strdup(folder);
}

void
sg_session_separate_async(SgSession *self, const char *method_id, GAsyncReadyCallback callback, gpointer user)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
  sg_method_choice_set_wiener_iterations(choice, self->wiener_iterations);
  if (sg_method_choice_set_method_id(choice, method_id)) {
    sg_session_separate_as_async(self, choice, callback, user);
    return;
  }
  SgError engine_error;
  GError *error = NULL;
  sg_error_set(&engine_error, SG_UNKNOWN_METHOD, NULL, method_id);
  sg_error_propagate(&error, &engine_error);
  g_task_report_error(self, callback, user, sg_session_separate_as_async, error);
}

void
sg_session_separate_as_async(SgSession *self, SgMethodChoice *choice, GAsyncReadyCallback callback,
                             gpointer user)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_return_if_fail(SG_IS_METHOD_CHOICE(choice));
  g_return_if_fail(self->track != NULL);
  g_autoptr(GTask) task = sg_session_start_job(self, sg_session_separate_as_async, callback, user);
  if (task == NULL)
    return;
  SeparateJob *separate = g_new0(SeparateJob, 1);
  *separate = (SeparateJob){ .session = self, /* the task keeps it alive */
                             .job = g_object_ref(self->job),
                             .track = g_object_ref(self->track),
                             .choice = sg_method_choice_copy(choice),
                             .scratch_folder = g_strdup(self->scratch_folder),
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
    sg_session_end_job(self);
  gboolean done = g_task_propagate_boolean(G_TASK(result), error);
  if (separate != NULL)
    sg_session_set_mask_set(self, done ? separate->mask_set : separate->before);
  return done;
}

/* Export */

typedef struct {
  SgJob *job;
  SgMaskSet *mask_set;
  SgTrack *track;
  char *folder;
  const char *names[SG_MAX_SOURCES];
  SgExportOptions options;
  SgExportReport report;
} ExportJob;

static void
export_job_free(gpointer data)
{
  ExportJob *export = data;
  g_object_unref(export->job);
  g_object_unref(export->mask_set);
  g_object_unref(export->track);
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

static void
set_options(ExportJob *export, SgSession *session, SgExportChoice choice)
{
  const SgSeparation *separation = sg_mask_set_get_separation(export->mask_set);
  const SgMethodPlan *plan = sg_separation_plan(separation);
  const SgPcm *pcm = sg_separation_pcm(separation);
  for (gsize j = 0; j < plan->n_sources; j++)
    export->names[j] = sg_source_name(plan->sources[j]);
  export->options = (SgExportOptions){ .folder = export->folder,
                                       .container = choice.container,
                                       .bits = choice.bits,
                                       .overwrite = choice.overwrite,
                                       .common_gain = choice.common_gain,
                                       .tags = sg_track_get_tags(export->track),
                                       .names = export->names,
                                       .settings = sg_session_get_settings(session) };
  if (choice.convert) {
    export->options.rate_hz = sg_encoder_nearest_rate(choice.container, sg_pcm_rate(pcm));
    export->options.fold_to_stereo =
        sg_pcm_n_channels(pcm) > sg_encoder_limits(choice.container)->max_channels;
  }
}

void
sg_session_export_async(SgSession *self, GFile *folder, SgExportChoice choice, GAsyncReadyCallback callback,
                        gpointer user)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_return_if_fail(self->mask_set != NULL);
  g_autoptr(GTask) task = sg_session_start_job(self, sg_session_export_async, callback, user);
  if (task == NULL)
    return;
  ExportJob *export = g_new0(ExportJob, 1);
  export->job = g_object_ref(self->job);
  export->mask_set = g_object_ref(self->mask_set);
  export->folder = g_file_get_path(folder);
  export->track = g_object_ref(self->track);
  set_options(export, self, choice);
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
    sg_session_end_job(self);
  gboolean done = g_task_propagate_boolean(G_TASK(result), error);
  if (done && out_report != NULL)
    *out_report = export->report;
  return done;
}
