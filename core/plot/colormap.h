/* Colour maps for levels: 256 colours from quiet to loud.
 *
 * Magma, inferno and viridis follow S. van der Walt and N. Smith (2015): perceptually even, readable in grey
 * and by colour-blind eyes; made here by interpolation between ten of their colours. Grey is even in L*.
 *
 * Ownership: the tables belong to the program. Threads: built once, any thread may ask. Audio callback: no.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum {
  SG_COLORMAP_MAGMA,
  SG_COLORMAP_INFERNO,
  SG_COLORMAP_VIRIDIS,
  SG_COLORMAP_GREY,
  SG_N_COLORMAPS
} SgColormapId;

/* colours[256], each 0xAARRGGBB with full alpha (Cairo's ARGB32 in host order). */
const uint32_t *sg_colormap(SgColormapId id);

/* "magma", "inferno", "viridis", "grey". */
const char *sg_colormap_name(SgColormapId id);
bool sg_colormap_find(const char *name, SgColormapId *out_id);
