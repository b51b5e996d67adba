/* SgSpectrogramTile: a painted piece of one row's spectrogram, SG_TILE_COLUMNS columns wide, and the worker
 * side that paints it. A tile is immutable once it is painted; its functions may be called from any thread.
 *
 * Column c of a scale covers samples c·s … (c+1)·s, s = samples_per_column; tile i holds columns
 * i·SG_TILE_COLUMNS …. A column shows the loudest of up to four frames spread over it; a column shorter than
 * a hop shows the mixture at its own centre, and stems between the two frames around it. Columns outside the
 * song, and of a stem those whose masks are not ready, stay transparent; of SG_TILE_SOURCES they are grey.
 * Masks are shown as the share of energy (sg_renderer_frame_shares) of the nearest cell. */
#pragma once

#include <gio/gio.h>

#include "core/plot/axis.h"
#include "core/plot/colormap.h"
#include "core/session/mask-set.h"

G_BEGIN_DECLS

enum { SG_TILE_COLUMNS = 256 };

/* The row of the song itself; stems are rows 0 …. */
enum { SG_TILE_MIXTURE = -1 };

typedef enum {
  SG_TILE_SPECTRUM, /* the row's own levels */
  SG_TILE_MASK,     /* what the stem has of the mixture, 0 … 100 % */
  SG_TILE_TINTED,   /* the mixture, in the stem's colour as far as it owns it */
  SG_TILE_SOURCES,  /* the mixture, each bin in the colours of its owners */
  SG_TILE_WAVEFORM,
  SG_N_TILE_MODES
} SgTileMode;

/* What all rows have in common besides time. */
typedef struct {
  SgAxisKind kind;
  double low_hz, high_hz; /* 0, 0: the whole axis */
  guint window;           /* samples of the transform; 0: the separation's */
} SgTileAxes;

gboolean sg_tile_axes_equal(SgTileAxes a, SgTileAxes b);
SgFrequencyAxis sg_tile_axes_frequency(SgTileAxes axes, guint rate_hz, double height);

/* What a tile is a picture of: tiles of different scales have nothing in common. */
typedef struct {
  double samples_per_column;
  guint height; /* pixel rows of the frequency axis */
  SgTileMode mode;
  SgTileAxes axes;
} SgTileScale;

gboolean sg_tile_scale_equal(SgTileScale a, SgTileScale b);

typedef struct {
  SgColormapId colormap;
  float floor_db, ceiling_db;             /* a full-scale sine is 0 dB */
  guint32 source_colours[SG_MAX_SOURCES]; /* 0xAARRGGBB */
} SgTileLook;

/* All that a worker needs to paint one tile. */
typedef struct {
  SgTrack *track;
  SgMaskSet *mask_set; /* NULL: none; needed for stems */
  int source;
  SgTileScale scale;
  gint64 index;
  SgTileLook look;
  SgRenderSettings settings;
  GBytes *hop_peaks; /* as sg_song_overview_get_hop_peaks, or NULL */
} SgTileRecipe;

#define SG_TYPE_SPECTROGRAM_TILE (sg_spectrogram_tile_get_type())
G_DECLARE_FINAL_TYPE(SgSpectrogramTile, sg_spectrogram_tile, SG, SPECTROGRAM_TILE, GObject)

guint sg_spectrogram_tile_get_height(SgSpectrogramTile *self);
/* [height][SG_TILE_COLUMNS] pixels, premultiplied ARGB32 in host order. */
GBytes *sg_spectrogram_tile_get_pixels(SgSpectrogramTile *self);
gsize sg_spectrogram_tile_get_size(SgSpectrogramTile *self);
/* Level at a pixel in dB, within the look's range; NAN where nothing is painted or levels are not shown. */
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
