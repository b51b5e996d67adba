#include "core/session/player.h"

#include "core/session/error.h"

enum { POLL_MS = 30 };

struct _SgPlayer {
  GObject parent_instance;

  SgTransport *transport;
  guint poll; /* timeout, 0 while nothing plays */
  gboolean playing;
  SgStatus output_status;
  char *output_error;
};

G_DEFINE_FINAL_TYPE(SgPlayer, sg_player, G_TYPE_OBJECT)

enum { PROP_0, PROP_PLAYING, PROP_OUTPUT_ERROR, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* What keeps a source alive while the transport reads it. */
typedef struct {
  SgTrack *track;
  SgMaskSet *mask_set;
} Kept;

static void
release_kept(void *data)
{
  Kept *kept = data;
  g_clear_object(&kept->mask_set);
  g_clear_object(&kept->track);
  g_free(kept);
}

static void
set_output_error(SgPlayer *self, const SgError *error)
{
  if (error->status == self->output_status)
    return;
  self->output_status = error->status;
  g_clear_pointer(&self->output_error, g_free);
  if (error->status != SG_OK)
    self->output_error = sg_error_dup_sentence(error);
  g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_OUTPUT_ERROR]);
}

/* Tells what has changed since the last look; TRUE while there is more to come. */
static gboolean
look(SgPlayer *self)
{
  SgTransportState state;
  sg_transport_get_state(self->transport, &state);
  g_object_freeze_notify(G_OBJECT(self));
  set_output_error(self, &state.output_error);
  if (self->playing != state.playing) {
    self->playing = state.playing;
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_PLAYING]);
  }
  g_object_thaw_notify(G_OBJECT(self));
  return state.playing;
}

static gboolean
on_poll(gpointer data)
{
  SgPlayer *self = data;
  g_autoptr(SgPlayer) kept = g_object_ref(self);
  if (look(self))
    return G_SOURCE_CONTINUE;
  self->poll = 0;
  return G_SOURCE_REMOVE;
}

static void
sg_player_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  SgPlayer *self = SG_PLAYER(object);
  switch (id) {
  case PROP_PLAYING:
    g_value_set_boolean(value, sg_player_get_playing(self));
    break;
  case PROP_OUTPUT_ERROR:
    g_value_set_string(value, self->output_error);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void
sg_player_finalize(GObject *object)
{
  SgPlayer *self = SG_PLAYER(object);
  g_clear_handle_id(&self->poll, g_source_remove);
  sg_transport_free(self->transport);
  g_free(self->output_error);
  G_OBJECT_CLASS(sg_player_parent_class)->finalize(object);
}

static void
sg_player_class_init(SgPlayerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS(class);
  object_class->get_property = sg_player_get_property;
  object_class->finalize = sg_player_finalize;
  properties[PROP_PLAYING] =
      g_param_spec_boolean("playing", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_OUTPUT_ERROR] =
      g_param_spec_string("output-error", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void
sg_player_init(SgPlayer *self)
{
}

SgPlayer *
sg_player_new(SgOutput *output, GError **error)
{
  SgError engine_error;
  SgTransport *transport;
  if (sg_transport_new(output, &transport, &engine_error) != SG_OK) {
    sg_error_propagate(error, &engine_error);
    return NULL;
  }
  SgPlayer *self = g_object_new(SG_TYPE_PLAYER, NULL);
  self->transport = transport;
  return self;
}

SgPlayer *
sg_player_new_default(GError **error)
{
  const char *choice = g_getenv("STEMGLASS_OUTPUT");
  if (g_strcmp0(choice, "null") == 0)
    return sg_player_new(sg_output_null_new(0), error);
  if (choice != NULL && g_str_has_prefix(choice, "file:"))
    return sg_player_new(sg_output_file_new(choice + strlen("file:"), 0), error);
  return sg_player_new(sg_output_portaudio_new(), error);
}

void
sg_player_set_source(SgPlayer *self, SgTrack *track, SgMaskSet *mask_set)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  if (track == NULL) {
    sg_transport_set_source(self->transport, NULL);
  } else {
    Kept *kept = g_new0(Kept, 1);
    kept->track = g_object_ref(track);
    g_set_object(&kept->mask_set, mask_set);
    SgTransportSource source = { .pcm = sg_track_get_pcm(track),
                                 .renderer = mask_set != NULL ? sg_mask_set_get_renderer(mask_set) : NULL,
                                 .n_stems = mask_set != NULL ? sg_mask_set_get_n_sources(mask_set) : 1,
                                 .release = release_kept,
                                 .user = kept };
    sg_transport_set_source(self->transport, &source);
  }
  look(self);
}

void
sg_player_play(SgPlayer *self)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_play(self->transport);
  if (look(self) && self->poll == 0)
    self->poll = g_timeout_add(POLL_MS, on_poll, self);
}

void
sg_player_pause(SgPlayer *self)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_pause(self->transport);
  look(self);
}

void
sg_player_toggle(SgPlayer *self)
{
  if (sg_player_get_playing(self))
    sg_player_pause(self);
  else
    sg_player_play(self);
}

void
sg_player_seek(SgPlayer *self, gint64 position_samples)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_seek(self->transport, position_samples);
}

gboolean
sg_player_get_playing(SgPlayer *self)
{
  g_return_val_if_fail(SG_IS_PLAYER(self), FALSE);
  return self->playing;
}

gint64
sg_player_get_position(SgPlayer *self)
{
  g_return_val_if_fail(SG_IS_PLAYER(self), 0);
  SgTransportState state;
  sg_transport_get_state(self->transport, &state);
  return state.position;
}

guint64
sg_player_get_n_underruns(SgPlayer *self)
{
  g_return_val_if_fail(SG_IS_PLAYER(self), 0);
  SgTransportState state;
  sg_transport_get_state(self->transport, &state);
  return state.n_underruns;
}

const char *
sg_player_get_output_error(SgPlayer *self)
{
  g_return_val_if_fail(SG_IS_PLAYER(self), NULL);
  return self->output_error;
}

void
sg_player_set_gain(SgPlayer *self, guint source, double gain)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_gain(self->transport, source, (float)gain);
}

void
sg_player_set_settings(SgPlayer *self, const SgRenderSettings *settings)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_settings(self->transport, settings);
}

void
sg_player_refresh(SgPlayer *self)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_refresh(self->transport);
}

void
sg_player_set_pan(SgPlayer *self, guint source, double pan)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_pan(self->transport, source, (float)pan);
}

void
sg_player_set_master(SgPlayer *self, double gain)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_master(self->transport, (float)gain);
}

void
sg_player_set_click(SgPlayer *self, double gain)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_click(self->transport, (float)gain);
}

void
sg_player_set_count_in(SgPlayer *self, double gain)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_count_in(self->transport, (float)gain);
}

void
sg_player_set_beats(SgPlayer *self, SgBeatGrid *beats)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_beats(self->transport, beats);
}

void
sg_player_set_loop(SgPlayer *self, SgLoop loop)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_loop(self->transport, loop);
}

void
sg_player_set_stretch(SgPlayer *self, double speed, double semitones)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_set_stretch(self->transport, speed, semitones);
}

void
sg_player_get_meters(SgPlayer *self, SgMixerMeters *out_meters)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_get_meters(self->transport, out_meters);
}

void
sg_player_get_state(SgPlayer *self, SgTransportState *out_state)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  sg_transport_get_state(self->transport, out_state);
}

/* Devices */

enum { MOST_DEVICES = 128 };

void
sg_player_set_device(SgPlayer *self, const char *name, guint block_frames)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  const char *choice = g_getenv("STEMGLASS_OUTPUT");
  if (choice == NULL || g_str_equal(choice, "device"))
    sg_transport_set_output(self->transport, sg_output_portaudio_new_for(name, block_frames));
}

static void
list_devices_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GArray *devices = g_array_sized_new(FALSE, TRUE, sizeof(SgOutputDevice), MOST_DEVICES);
  SgError engine_error;
  GError *error = NULL;
  gsize n;
  g_array_set_size(devices, MOST_DEVICES);
  if (sg_output_portaudio_list((SgOutputDevice *)(void *)devices->data, MOST_DEVICES, &n, &engine_error) ==
      SG_OK) {
    g_array_set_size(devices, (guint)n);
    g_task_return_pointer(task, devices, (GDestroyNotify)g_array_unref);
    return;
  }
  g_array_unref(devices);
  sg_error_propagate(&error, &engine_error);
  g_task_return_error(task, error);
}

void
sg_player_list_devices_async(SgPlayer *self, GAsyncReadyCallback callback, gpointer user)
{
  g_return_if_fail(SG_IS_PLAYER(self));
  g_autoptr(GTask) task = g_task_new(self, NULL, callback, user);
  g_task_run_in_thread(task, list_devices_in_thread);
}

GArray *
sg_player_list_devices_finish(SgPlayer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer(G_TASK(result), error);
}
