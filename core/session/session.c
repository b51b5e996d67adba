#include "core/session/session-private.h"

#include <glib/gi18n-lib.h>
#include "core/session/method-text.h"

enum { MASKS_CHANGED_INTERVAL_MS = 50 };

/* New masks this close ahead of the playhead may already have been rendered without them. */
static const double REFRESH_AHEAD_S = 1.0;

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
  sg_session_clear_playing(self);
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
  g_hash_table_unref(self->known_stems);
  g_free(self->scratch_folder);
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
  self->known_stems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
  self->stems = g_list_store_new(SG_TYPE_STEM);
  sg_session_init_playing(self);
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
                       heard ? sg_stem_linear_gain(sg_stem_get_gain_db(stem)) : 0.0);
    sg_player_set_pan(self->player, sg_stem_get_index(stem), sg_stem_get_pan(stem));
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

/* Gives a stem what it was set to when an earlier separation had this source; but for its place, which was
 * among others. */
static void
set_as_before(SgStem *stem, SgStem *before)
{
  guint n;
  g_autofree GParamSpec **specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(stem), &n);
  for (guint i = 0; i < n; i++) {
    if ((specs[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE ||
        specs[i]->flags & G_PARAM_CONSTRUCT_ONLY || g_str_equal(specs[i]->name, "place"))
      continue;
    g_auto(GValue) value = G_VALUE_INIT;
    g_value_init(&value, specs[i]->value_type);
    g_object_get_property(G_OBJECT(before), specs[i]->name, &value);
    g_object_set_property(G_OBJECT(stem), specs[i]->name, &value);
  }
}

/* The stems leave the mixer, but for how they were set. */
static void
retire_stems(SgSession *self)
{
  for (guint i = 0; i < n_stems(self); i++) {
    SgStem *stem = g_list_model_get_item(G_LIST_MODEL(self->stems), i);
    g_signal_handlers_disconnect_by_data(stem, self);
    sg_history_unwatch(self->history, stem);
    g_hash_table_replace(self->known_stems, g_strdup(sg_stem_get_id(stem)), stem);
  }
  g_list_store_remove_all(self->stems);
}

static void
make_stems(SgSession *self)
{
  retire_stems(self);
  guint n = self->mask_set != NULL ? sg_mask_set_get_n_sources(self->mask_set) : 0;
  for (guint i = 0; i < n; i++) {
    const char *id = sg_mask_set_get_source_id(self->mask_set, i);
    g_autoptr(SgStem) stem = sg_stem_new(id, sg_source_name(id), i);
    SgStem *before = g_hash_table_lookup(self->known_stems, id);
    if (before != NULL)
      set_as_before(stem, before);
    g_signal_connect_object(stem, "notify::gain-db", G_CALLBACK(apply_gains), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(stem, "notify::pan", G_CALLBACK(apply_gains), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(stem, "notify::muted", G_CALLBACK(apply_gains), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(stem, "notify::soloed", G_CALLBACK(apply_gains), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(stem, "notify::strength", G_CALLBACK(apply_strengths), self, G_CONNECT_SWAPPED);
    sg_session_watch_stem(self, stem);
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

void
sg_session_set_mask_set(SgSession *self, SgMaskSet *mask_set)
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

void
sg_session_set_track(SgSession *self, SgTrack *track)
{
  g_set_object(&self->track, track);
  sg_session_forget_song(self);
  if (self->mask_set != NULL)
    sg_session_set_mask_set(self, NULL);
  g_hash_table_remove_all(self->known_stems);
  if (self->player != NULL) {
    sg_player_pause(self->player);
    sg_player_set_source(self->player, track, NULL);
    sg_player_seek(self->player, 0);
  }
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_TRACK]);
}

/* What session-jobs.c needs. */

GTask *
sg_session_start_job(SgSession *self, gpointer tag, GAsyncReadyCallback callback, gpointer user)
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

void
sg_session_end_job(SgSession *self)
{
  g_clear_object(&self->job);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_JOB]);
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

void
sg_session_masks_ready(int64_t first_frame, int64_t n_frames, void *user)
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
