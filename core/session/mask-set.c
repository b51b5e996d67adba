#include "core/session/mask-set.h"

#include "core/session/error.h"

struct _SgMaskSet {
  GObject parent_instance;
  SgTrack *track;
  const SgMethodClass *method;
  SgSeparation *separation;
  SgRenderer *renderer;
};

G_DEFINE_FINAL_TYPE(SgMaskSet, sg_mask_set, G_TYPE_OBJECT)

static void
sg_mask_set_finalize(GObject *object)
{
  SgMaskSet *self = SG_MASK_SET(object);
  sg_renderer_free(self->renderer);
  sg_separation_free(self->separation);
  g_clear_object(&self->track);
  G_OBJECT_CLASS(sg_mask_set_parent_class)->finalize(object);
}

static void
sg_mask_set_class_init(SgMaskSetClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = sg_mask_set_finalize;
}

static void
sg_mask_set_init(SgMaskSet *self)
{
}

SgMaskSet *
sg_mask_set_new(SgTrack *track, const char *method_id, GError **error)
{
  return sg_mask_set_new_with(track, method_id, 0, error);
}

SgMaskSet *
sg_mask_set_new_with(SgTrack *track, const char *method_id, guint wiener_iterations, GError **error)
{
  g_return_val_if_fail(SG_IS_TRACK(track), NULL);
  SgSeparationSetup setup = { .method = sg_method_find(method_id), .wiener_iterations = wiener_iterations };
  if (setup.method != NULL)
    return sg_mask_set_new_for(track, &setup, error);
  SgError engine_error;
  sg_error_set(&engine_error, SG_UNKNOWN_METHOD, NULL, method_id);
  sg_error_propagate(error, &engine_error);
  return NULL;
}

SgMaskSet *
sg_mask_set_new_for(SgTrack *track, const SgSeparationSetup *setup, GError **error)
{
  g_return_val_if_fail(SG_IS_TRACK(track), NULL);
  SgError engine_error;
  g_autoptr(SgMaskSet) self = g_object_new(SG_TYPE_MASK_SET, NULL);
  self->track = g_object_ref(track);
  self->method = setup->method;
  if (sg_separation_new_with(sg_track_get_pcm(track), setup, &self->separation, &engine_error) == SG_OK) {
    self->renderer = sg_renderer_new(self->separation);
    if (self->renderer != NULL)
      return g_steal_pointer(&self);
    sg_error_set(&engine_error, SG_NO_MEMORY, NULL, NULL);
  }
  if (engine_error.status == SG_NEEDS_STEREO)
    g_strlcpy(engine_error.path, sg_track_get_path(track), sizeof engine_error.path);
  sg_error_propagate(error, &engine_error);
  return NULL;
}

SgTrack *
sg_mask_set_get_track(SgMaskSet *self)
{
  g_return_val_if_fail(SG_IS_MASK_SET(self), NULL);
  return self->track;
}

const char *
sg_mask_set_get_method_id(SgMaskSet *self)
{
  g_return_val_if_fail(SG_IS_MASK_SET(self), NULL);
  return self->method->id;
}

SgSeparation *
sg_mask_set_get_separation(SgMaskSet *self)
{
  g_return_val_if_fail(SG_IS_MASK_SET(self), NULL);
  return self->separation;
}

const SgRenderer *
sg_mask_set_get_renderer(SgMaskSet *self)
{
  g_return_val_if_fail(SG_IS_MASK_SET(self), NULL);
  return self->renderer;
}

guint
sg_mask_set_get_n_sources(SgMaskSet *self)
{
  g_return_val_if_fail(SG_IS_MASK_SET(self), 0);
  return (guint)sg_separation_plan(self->separation)->n_sources;
}

const char *
sg_mask_set_get_source_id(SgMaskSet *self, guint source)
{
  g_return_val_if_fail(source < sg_mask_set_get_n_sources(self), NULL);
  return sg_separation_plan(self->separation)->sources[source];
}

SgStftSize
sg_mask_set_get_stft_size(SgMaskSet *self)
{
  g_return_val_if_fail(SG_IS_MASK_SET(self), (SgStftSize){ 0 });
  return sg_stft_size(sg_separation_stft(self->separation));
}
