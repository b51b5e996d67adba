/* SgTileWork: what a worker needs to paint tiles, kept from tile to tile, and the columns it computes.
 * Private to core/session/spectrogram-tile.c. One thread at a time. */
#pragma once

#include "core/plot/spectrogram-painter.h"
#include "core/session/spectrogram-tile.h"

G_BEGIN_DECLS

/* Makes the work fit the recipe; FALSE when memory is out. */
gboolean sg_tile_work_prepare(SgTileWork *work, const SgTileRecipe *recipe);

/* A column of a spectrogram: levels_db[n_bins], and in the modes that show masks
 * shares[n_sources][n_bins] (of the recipe's source alone, or of all for SG_TILE_SOURCES). */
typedef struct {
  const float *levels_db;
  const float *shares; /* NULL: masks are not ready there, or not wanted */
} SgTileColumn;

/* FALSE when nothing can be shown (yet). */
gboolean sg_tile_work_column(SgTileWork *work, const SgTileRecipe *recipe, gint64 column,
                             SgTileColumn *out_column);
/* The same for SG_TILE_WAVEFORM: the smallest and largest sample of any channel. */
gboolean sg_tile_work_extremes(SgTileWork *work, const SgTileRecipe *recipe, gint64 column, float *out_low,
                               float *out_high);

gsize sg_tile_work_get_n_bins(SgTileWork *work);
const SgSpectrogramPainter *sg_tile_work_get_painter(SgTileWork *work);

G_END_DECLS
