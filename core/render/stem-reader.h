/* Samples of one stem, channel by channel, for views: a block is rendered and kept, so that stretches read
 * one after the other cost one rendering.
 *
 * Ownership: borrows the renderer; free with sg_stem_reader_free (NULL ignored). Threads: one reader a
 * thread. Audio callback: no. Errors: those of sg_renderer_render.
 */
#pragma once

#include "core/render/renderer.h"

typedef struct SgStemReader SgStemReader;

/* NULL when memory is out. */
SgStemReader *sg_stem_reader_new(const SgRenderer *renderer, uint32_t n_sources, uint32_t n_channels);
void sg_stem_reader_free(SgStemReader *reader);

/* Drops what is kept: more masks are ready. */
void sg_stem_reader_forget(SgStemReader *reader);

/* Samples start … start+n−1 (n ≤ SG_RENDER_MAX_SAMPLES; zero outside the song) into
 * out_channels[n_channels][n]. When they are not in the block, max(n, `ahead`) samples from `start` on are
 * rendered. */
SgStatus sg_stem_reader_read(SgStemReader *reader, SgRenderWork *work, const SgRenderSettings *settings,
                             uint32_t source, int64_t start, int64_t n, int64_t ahead,
                             float *const *out_channels, SgError *error);
