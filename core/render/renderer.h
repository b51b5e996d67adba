/* The renderer: masks × mixture, or stems that are stored → samples of the stems. The one way to a stem, for
 * playback, views and export.
 *
 *   Ŝ_j(t,k) = M'_j(t,k) · X(t,k),  ŝ_j = inverse STFT,  M' = masks after strength (core/mask/strength.h).
 * Any range of samples can be rendered by itself and has the same bytes in whatever blocks it is asked for.
 * Where the masks are not ready the cell is shared equally, so the stems sum to the mixture at every moment.
 * A separation that stores stems is played from them while every strength is 1; the frames of chunks that are
 * not ready are shared as above. At any other strength, and in views, its derived masks apply.
 *
 * Ownership: SgRenderer borrows the separation, which must outlive it, and is immutable; one SgRenderWork a
 * thread. Free with the _free functions (NULL ignored). Threads: any number, each with its own work object.
 * Audio callback: no. Errors: SG_NO_MEMORY and those of core/base/scratch.h.
 */
#pragma once

#include "core/mask/strength.h"
#include "core/separate/separation.h"

/* Most samples that one call renders. */
enum { SG_RENDER_MAX_SAMPLES = 32768 };

/* What the user has set. Passed by value into each call, so that a change is heard in the next block. */
typedef struct {
  float strength[SG_MAX_SOURCES]; /* α_j, SG_STRENGTH_MIN … SG_STRENGTH_MAX; 1 is natural */
} SgRenderSettings;

#define SG_RENDER_SETTINGS_NATURAL                                                                           \
  ((SgRenderSettings){ .strength = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } })

typedef struct SgRenderer SgRenderer;
typedef struct SgRenderWork SgRenderWork;

SgRenderer *sg_renderer_new(const SgSeparation *separation);
void sg_renderer_free(SgRenderer *renderer);
SgRenderWork *sg_render_work_new(const SgRenderer *renderer);
void sg_render_work_free(SgRenderWork *work);

/* Samples start … start+n−1 (n ≤ SG_RENDER_MAX_SAMPLES) of every source j whose out_stems[j] is not NULL,
 * into out_stems[j][n × n_channels], interleaved; out_stems has n_sources pointers. Outside the song: zero.
 */
SgStatus sg_renderer_render(const SgRenderer *renderer, SgRenderWork *work, const SgRenderSettings *settings,
                            int64_t start, int64_t n, float *const *out_stems, SgError *error);

/* Power of one frame, mean over channels: out_power[n_bins] = mean_c |M'·X|², of source `source`, or of the
 * mixture when `source` < 0. For views. Scaling: divided by (N/4)², so that a full-scale sine has power 1 at
 * its bin. */
SgStatus sg_renderer_frame_power(const SgRenderer *renderer, SgRenderWork *work,
                                 const SgRenderSettings *settings, int source, int64_t frame,
                                 float *out_power, SgError *error);

/* What each source has of the energy of frame `frame`: out_shares[n_sources][n_bins] =
 * Σ_c M'·|X|² / Σ_c |X|² (the mean of M' over channels where the bin is silent). Shares of a bin sum to one.
 */
SgStatus sg_renderer_frame_shares(const SgRenderer *renderer, SgRenderWork *work,
                                  const SgRenderSettings *settings, int64_t frame, float *out_shares,
                                  SgError *error);
