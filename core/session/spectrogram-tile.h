/* SgSpectrogramTile: a painted piece of one row's spectrogram, SG_TILE_COLUMNS columns wide, and the worker
 * side that paints it. A tile is immutable once it is painted; its functions may be called from any thread.
 *
 * Column c of a scale covers samples c·s … (c+1)·s, s = samples_per_column; tile i holds columns
 * i·SG_TILE_COLUMNS …. A column shows the loudest of up to four frames spread over it; a column shorter than
 * a hop shows the mixture at its own centre, and stems between the two frames around it. Columns outside the
 * song, and of a stem those whose masks are not ready, stay transparent. */
#pragma once

#include <gio/gio.h>

#include "core/plot/colormap.h"
#include "core/session/mask-set.h"

G_BEGIN_DECLS

enum { SG_TILE_COLUMNS = 256 };

/* The row of the song itself; stems are rows 0 …. */
enum { SG_TILE_MIXTURE = -1 };

typedef struct {
  double samples_per_column;
  guint height; /* pixel rows of the log-frequency axis sg_frequency_axis_for_rate */
} SgTileScale;

typedef struct {
  SgColormapId colormap;
  float floor_db, ceiling_db; /* a full-scale sine is 0 dB */
} SgTileLook;

/* All that a worker needs to paint one tile. */
typedef struct {
  SgTrack *track;
  SgMaskSet *mask_set; /* NULL when `source` is SG_TILE_MIXTURE */
  int source;
  SgTileScale scale;
  gint64 index;
  SgTileLook look;
  SgRenderSettings settings;
} SgTileRecipe;

#define SG_TYPE_SPECTROGRAM_TILE (sg_spectrogram_tile_get_type())
G_DECLARE_FINAL_TYPE(SgSpectrogramTile, sg_spectrogram_tile, SG, SPECTROGRAM_TILE, GObject)

guint sg_spectrogram_tile_get_height(SgSpectrogramTile *self);
/* [height][SG_TILE_COLUMNS] pixels, premultiplied ARGB32 in host order. */
GBytes *sg_spectrogram_tile_get_pixels(SgSpectrogramTile *self);
gsize sg_spectrogram_tile_get_size(SgSpectrogramTile *self);
/* Level at a pixel in dB, within the look's range; NAN where nothing is painted. */
double sg_spectrogram_tile_get_level(SgSpectrogramTile *self, guint column, guint row);
/* Columns that are painted. */
guint sg_spectrogram_tile_get_n_painted(SgSpectrogramTile *self);

/* A worker's own buffers, kept from tile to tile. */
typedef struct SgTileWork SgTileWork;
SgTileWork *sg_tile_work_new(void);
void sg_tile_work_free(SgTileWork *work);

/* Paints a tile. Columns that `base` (may be NULL) has painted already are taken from it: it must be of the
 * same recipe. NULL when `*cancelled` becomes non-zero or the engine fails. */
SgSpectrogramTile *sg_spectrogram_tile_paint(const SgTileRecipe *recipe, SgTileWork *work,
                                             SgSpectrogramTile *base, const gint *cancelled);

G_END_DECLS
