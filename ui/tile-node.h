/* Render nodes of tiles, and of stand-ins for tiles that are still being painted.
 *
 * Cairo nodes that are kept from frame to frame: the GL renderer uploads each once, and the Cairo renderer
 * copies pixels straight out of the tile (it would convert a GdkTexture anew in every frame). */
#pragma once

#include <gtk/gtk.h>

#include "core/session/spectrogram-tiles.h"

G_BEGIN_DECLS

/* A node at the origin of pixels[height][width], premultiplied ARGB32, `pixel` of them a logical one. Keeps
 * the bytes and makes no copy of them. */
GskRenderNode *sg_pixels_node(GBytes *pixels, guint width, guint height, int pixel);

/* The node of a tile at the origin, SG_TILE_COLUMNS / `pixel` wide, for `pixel` device pixels a logical one.
 * Kept with the tile and borrowed. */
GskRenderNode *sg_tile_node(SgSpectrogramTile *tile, int pixel);

enum { SG_MAX_OLD_SCALES = 8 };

/* The stretch of tile `index` at `scale`, each pixel taken from the first of old_scales[n_old_scales] (at
 * most SG_MAX_OLD_SCALES) that has it, on whatever axes that is; nearest neighbour, because a scaled blit of
 * a whole row would take longer than a frame. Scales of another mode are passed over. NULL when none has
 * anything. */
GskRenderNode *sg_tile_preview_new(SgSpectrogramTiles *tiles, int source, SgTileScale scale, gint64 index,
                                   int pixel, const SgTileScale *old_scales, guint n_old_scales);

G_END_DECLS
