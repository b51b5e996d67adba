#include "core/plot/colormap.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { N_ANCHORS = 10, N_COLOURS = 256 };

static const char *const names[SG_N_COLORMAPS] = {
  [SG_COLORMAP_MAGMA] = "magma",
  [SG_COLORMAP_INFERNO] = "inferno",
  [SG_COLORMAP_VIRIDIS] = "viridis",
  [SG_COLORMAP_GREY] = "grey",
};

static const uint32_t anchors[][N_ANCHORS] = {
  [SG_COLORMAP_MAGMA] = { 0x000004, 0x180f3d, 0x440f76, 0x721f81, 0x9e2f7f, 0xcd4071, 0xf1605d, 0xfd9668,
                          0xfeca8d, 0xfcfdbf },
  [SG_COLORMAP_INFERNO] = { 0x000004, 0x1b0c41, 0x4a0c6b, 0x781c6d, 0xa52c60, 0xcf4446, 0xed6925, 0xfb9b06,
                            0xf7d13d, 0xfcffa4 },
  [SG_COLORMAP_VIRIDIS] = { 0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58,
                            0xb5de2b, 0xfde725 },
};

static uint32_t tables[SG_N_COLORMAPS][N_COLOURS];
static pthread_once_t built = PTHREAD_ONCE_INIT;

static uint32_t
mix(uint32_t from, uint32_t to, double share)
{
  uint32_t colour = 0xff000000u;
  for (int shift = 0; shift <= 16; shift += 8) {
    double a = (from >> shift) & 0xff, b = (to >> shift) & 0xff;
    colour |= (uint32_t)lround(a + share * (b - a)) << shift;
  }
  return colour;
}

/* The sRGB value of a lightness L* of 0 … 100. */
static uint32_t
grey_of_lightness(double lightness)
{
  double f = (lightness + 16.0) / 116.0;
  double linear = lightness > 8.0 ? f * f * f : lightness / 903.3;
  double srgb = linear > 0.0031308 ? 1.055 * pow(linear, 1.0 / 2.4) - 0.055 : 12.92 * linear;
  uint32_t value = (uint32_t)lround(255.0 * fmin(srgb, 1.0));
  return 0xff000000u | value << 16 | value << 8 | value;
}

static void
build(void)
{
  for (int i = 0; i < N_COLOURS; i++) {
    double place = (double)i * (N_ANCHORS - 1) / (N_COLOURS - 1);
    int anchor = place < N_ANCHORS - 2 ? (int)place : N_ANCHORS - 2;
    for (int id = SG_COLORMAP_MAGMA; id <= SG_COLORMAP_VIRIDIS; id++)
      tables[id][i] = mix(anchors[id][anchor], anchors[id][anchor + 1], place - anchor);
    tables[SG_COLORMAP_GREY][i] = grey_of_lightness(100.0 * i / (N_COLOURS - 1));
  }
}

const uint32_t *
sg_colormap(SgColormapId id)
{
  pthread_once(&built, build);
  return tables[id];
}

const char *
sg_colormap_name(SgColormapId id)
{
  return names[id];
}

bool
sg_colormap_find(const char *name, SgColormapId *out_id)
{
  for (int id = 0; id < SG_N_COLORMAPS; id++)
    if (strcmp(names[id], name) == 0) {
      *out_id = (SgColormapId)id;
      return true;
    }
  return false;
}
