/* SgMaskSet: a separation of a track and the renderer for it, kept alive together with the track by a
 * reference. The masks fill while the job runs; everything here may be read from any thread. */
#pragma once

#include "core/render/renderer.h"
#include "core/session/track.h"

G_BEGIN_DECLS

#define SG_TYPE_MASK_SET (sg_mask_set_get_type())
G_DECLARE_FINAL_TYPE(SgMaskSet, sg_mask_set, SG, MASK_SET, GObject)

/* NULL with `error` set when the method is unknown or scratch cannot be had; `wiener_iterations` as in
 * SgSeparationSetup. */
SgMaskSet *sg_mask_set_new_with(SgTrack *track, const char *method_id, guint wiener_iterations,
                                GError **error);
/* As `setup` says; what it points to need not stay. */
SgMaskSet *sg_mask_set_new_for(SgTrack *track, const SgSeparationSetup *setup, GError **error);
/* The same without Wiener filtering. */
SgMaskSet *sg_mask_set_new(SgTrack *track, const char *method_id, GError **error);

SgTrack *sg_mask_set_get_track(SgMaskSet *self);
const char *sg_mask_set_get_method_id(SgMaskSet *self);
SgSeparation *sg_mask_set_get_separation(SgMaskSet *self);
const SgRenderer *sg_mask_set_get_renderer(SgMaskSet *self);
guint sg_mask_set_get_n_sources(SgMaskSet *self);
const char *sg_mask_set_get_source_id(SgMaskSet *self, guint source);
/* Frames are those of the STFT: frame t is centred on sample t · hop. */
SgStftSize sg_mask_set_get_stft_size(SgMaskSet *self);

G_END_DECLS
