#include "core/nn/ops/convolution-kernels.h"

#include <string.h>

#include "core/nn/ops/rows.h"
#include "core/nn/product.h"
#include "core/nn/vectorised.h"

/* Floats of columns of a tile that should stay in the second cache, and the positions of a tile. */
enum { COLUMN_FLOATS = 160 * 1024, MIN_POSITIONS = 128, MAX_POSITIONS = 1024 };

/* Positions first … first+n−1 of each of `images` images from `image` on. */
typedef struct {
  size_t image, images, first, n;
} Tile;

typedef struct {
  size_t per_image; /* positions of an image */
  size_t positions; /* of the largest tile */
  size_t n_cuts;    /* tiles of an image, 1 when a tile has several images */
  size_t images;    /* of a tile */
} Tiling;

static size_t
area_of(const SgConvolution *c)
{
  return c->kernel_h * c->kernel_w;
}

/* Rows of a group's column matrix. */
static size_t
depth_of(const SgConvolution *c)
{
  return c->image_channels / c->groups * area_of(c);
}

static Tiling
tiling_of(const SgConvolution *c)
{
  size_t wanted = COLUMN_FLOATS / depth_of(c) / 16 * 16;
  wanted = wanted < MIN_POSITIONS ? MIN_POSITIONS : wanted > MAX_POSITIONS ? MAX_POSITIONS : wanted;
  Tiling t = { .per_image = c->map_height * c->map_width, .n_cuts = 1, .images = 1 };
  if (t.per_image > wanted) {
    t.n_cuts = (t.per_image + wanted - 1) / wanted;
    t.positions = ((t.per_image + t.n_cuts - 1) / t.n_cuts + 15) / 16 * 16;
    t.n_cuts = (t.per_image + t.positions - 1) / t.positions;
  } else {
    t.images = sg_min_size(wanted / t.per_image, c->batch);
    t.positions = t.images * t.per_image;
  }
  return t;
}

/* Tiles of images begin … end−1. */
static size_t
n_tiles(const Tiling *t, size_t n_images)
{
  return t->n_cuts > 1 ? n_images * t->n_cuts : (n_images + t->images - 1) / t->images;
}

static Tile
tile_at(const Tiling *t, size_t index, size_t image_begin, size_t image_end)
{
  if (t->n_cuts > 1) {
    size_t first = index % t->n_cuts * t->positions;
    return (Tile){ .image = image_begin + index / t->n_cuts,
                   .images = 1,
                   .first = first,
                   .n = sg_min_size(t->positions, t->per_image - first) };
  }
  size_t image = image_begin + index * t->images;
  return (Tile){ .image = image, .images = sg_min_size(t->images, image_end - image), .n = t->per_image };
}

static size_t
tile_positions(const Tile *tile)
{
  return tile->images * tile->n;
}

size_t
sg_convolution_scratch(const SgConvolution *c)
{
  size_t positions = (tiling_of(c).positions + 15) / 16 * 16;
  return positions * (depth_of(c) + c->map_channels / c->groups);
}

static bool
is_pointwise(const SgConvolution *c)
{
  return area_of(c) == 1 && c->stride_h == 1 && c->stride_w == 1 && c->padding_h == 0 && c->padding_w == 0;
}

/* Outputs begin … end−1 of n whose input at·stride + offset lies within 0 … size−1. */
static void
inside(ptrdiff_t offset, size_t stride, size_t size, size_t *begin, size_t *end)
{
  ptrdiff_t s = (ptrdiff_t)stride, low = offset >= 0 ? 0 : (-offset + s - 1) / s;
  ptrdiff_t high = (ptrdiff_t)size - 1 - offset < 0 ? 0 : ((ptrdiff_t)size - 1 - offset) / s + 1;
  ptrdiff_t b = (ptrdiff_t)*begin, e = (ptrdiff_t)*end;
  b = low > b ? low : b;
  e = high < e ? high : e;
  *end = (size_t)(e > b ? e : b);
  *begin = (size_t)b;
}

SG_VECTORISED static void
take_strided(float *out, const float *in, size_t stride, size_t n)
{
  if (stride == 2)
    for (size_t i = 0; i < n; i++)
      out[i] = in[2 * i];
  else
    for (size_t i = 0; i < n; i++)
      out[i] = in[stride * i];
}

static void
add_strided(float *out, const float *in, size_t stride, size_t n)
{
  for (size_t i = 0; i < n; i++)
    out[stride * i] += in[i];
}

/* One row of the column matrix: what kernel element (i, j) sees of one channel's plane at the tile's
 * positions of one image, or, backward, adds to it. */
static void
move_row(const SgConvolution *c, size_t i, size_t j, size_t first, size_t n, float *column, float *plane,
         bool to_plane)
{
  ptrdiff_t dx = (ptrdiff_t)(j * c->dilation_w) - (ptrdiff_t)c->padding_w;
  ptrdiff_t dy = (ptrdiff_t)(i * c->dilation_h) - (ptrdiff_t)c->padding_h;
  for (size_t at = 0; at < n;) {
    size_t row = (first + at) / c->map_width, begin = (first + at) % c->map_width;
    size_t end = sg_min_size(c->map_width, begin + n - at), low = begin, high = end;
    ptrdiff_t y = (ptrdiff_t)(row * c->stride_h) + dy;
    bool is_inside = y >= 0 && y < (ptrdiff_t)c->height;
    if (is_inside)
      inside(dx, c->stride_w, c->width, &low, &high);
    if (!is_inside || low >= high)
      low = high = begin;
    float *line = plane + (is_inside ? y : 0) * (ptrdiff_t)c->width + (ptrdiff_t)(low * c->stride_w) + dx;
    float *values = column + at;
    if (to_plane) {
      if (high > low)
        add_strided(line, values + low - begin, c->stride_w, high - low);
    } else {
      memset(values, 0, (low - begin) * sizeof *values);
      if (high > low && c->stride_w == 1)
        memcpy(values + low - begin, line, (high - low) * sizeof *values);
      else if (high > low)
        take_strided(values + low - begin, line, c->stride_w, high - low);
      memset(values + high - begin, 0, (end - high) * sizeof *values);
    }
    at += end - begin;
  }
}

/* Columns [channels·area, positions] of image channels begin … end−1 (counted over all groups). */
static void
move_columns(const SgConvolution *c, const Tile *tile, size_t begin, size_t end, float *columns, float *image,
             bool to_image)
{
  size_t positions = tile_positions(tile), plane = c->height * c->width;
  for (size_t channel = begin; channel < end; channel++)
    for (size_t k = 0; k < area_of(c); k++)
      for (size_t b = 0; b < tile->images; b++)
        move_row(c, k / c->kernel_w, k % c->kernel_w, tile->first, tile->n,
                 columns + ((channel - begin) * area_of(c) + k) * positions + b * tile->n,
                 image + ((tile->image + b) * c->image_channels + channel) * plane, to_image);
}

/* The map's channels begin … end−1 at the tile's positions, as a matrix with rows *out_stride apart: in place
 * where the tile is of one image, else copied to `copy`. */
static const float *
map_matrix(const SgConvolution *c, const Tile *tile, const float *map, size_t begin, size_t end, float *copy,
           size_t *out_stride)
{
  size_t per_image = c->map_height * c->map_width;
  const float *start = map + (tile->image * c->map_channels + begin) * per_image + tile->first;
  *out_stride = per_image;
  if (tile->images == 1)
    return start;
  *out_stride = tile_positions(tile);
  for (size_t channel = begin; channel < end; channel++)
    for (size_t b = 0; b < tile->images; b++)
      memcpy(copy + (channel - begin) * *out_stride + b * per_image,
             start + (b * c->map_channels + channel - begin) * per_image, per_image * sizeof *copy);
  return copy;
}

/* Map channels begin … end−1 of one group, of one tile. */
static void
tile_to_map(const SgConvolution *c, const Tile *tile, size_t group, size_t begin, size_t end,
            const SgPart *part, const float *weights, const float *bias, const float *image, float *map,
            bool add)
{
  size_t depth = depth_of(c), positions = tile_positions(tile), per_image = c->map_height * c->map_width;
  size_t in_group = c->image_channels / c->groups;
  float *columns = part->scratch, *result = columns + depth * positions;
  const float *matrix = columns;
  size_t stride = positions, result_stride = positions;
  if (is_pointwise(c) && tile->images == 1) {
    matrix = image + (tile->image * c->image_channels + group * in_group) * per_image + tile->first;
    stride = per_image;
  } else {
    move_columns(c, tile, group * in_group, (group + 1) * in_group, columns, (float *)image, false);
  }
  float *start = map + (tile->image * c->map_channels + begin) * per_image + tile->first;
  if (tile->images == 1) {
    result = start;
    result_stride = per_image;
  }
  bool adds = add && tile->images == 1;
  for (size_t channel = begin; channel < end && bias != NULL && !adds; channel++)
    sg_fill_floats(result + (channel - begin) * result_stride, positions, bias[channel]);
  sg_product(part->packing, false, false, end - begin, positions, depth, weights + begin * depth, depth,
             matrix, stride, adds || bias != NULL, result, result_stride);
  for (size_t channel = begin; channel < end && tile->images > 1; channel++)
    for (size_t b = 0; b < tile->images; b++) {
      float *to = start + (b * c->map_channels + channel - begin) * per_image;
      const float *from = result + (channel - begin) * positions + b * per_image;
      if (add)
        sg_add_floats(to, from, per_image);
      else
        sg_copy_floats(to, from, per_image);
    }
}

/* Threads share the tiles or, where there are few, the map's channels. */
void
sg_convolution_to_map(const SgConvolution *c, const SgPart *part, const float *weights, const float *bias,
                      const float *image, float *map, bool add)
{
  Tiling tiling = tiling_of(c);
  size_t in_group = c->map_channels / c->groups, tiles = n_tiles(&tiling, c->batch);
  size_t begin = 0, end = tiles, low = 0, high = in_group;
  if (tiles >= 4 * part->n_threads || in_group < 4 * part->n_threads)
    sg_part_range(part, tiles, 1, &begin, &end);
  else
    sg_part_range(part, in_group, 4, &low, &high);
  for (size_t group = 0; group < c->groups && low < high; group++)
    for (size_t index = begin; index < end; index++) {
      Tile tile = tile_at(&tiling, index, 0, c->batch);
      tile_to_map(c, &tile, group, group * in_group + low, group * in_group + high, part, weights, bias,
                  image, map, add);
    }
}

/* Image channels begin … end−1 (within one group) of images first … last−1. */
static void
block_to_image(const SgConvolution *c, const Tiling *tiling, size_t begin, size_t end, size_t first,
               size_t last, const SgPart *part, const float *weights, const float *map, float *image)
{
  size_t in_group = c->image_channels / c->groups, of_map = c->map_channels / c->groups;
  size_t group = begin / in_group, rows = (end - begin) * area_of(c), depth = depth_of(c);
  const float *matrix = weights + group * of_map * depth + (begin - group * in_group) * area_of(c);
  for (size_t index = 0; index < n_tiles(tiling, last - first); index++) {
    Tile tile = tile_at(tiling, index, first, last);
    size_t positions = tile_positions(&tile), stride;
    float *columns = part->scratch, *copy = columns + rows * positions;
    const float *of_tile = map_matrix(c, &tile, map, group * of_map, (group + 1) * of_map, copy, &stride);
    sg_product(part->packing, true, false, rows, positions, of_map, matrix, depth, of_tile, stride, false,
               columns, positions);
    move_columns(c, &tile, begin, end, columns, image, true);
  }
}

/* Threads share the image's channels or, where those are few, the images: nobody adds to another's. */
void
sg_convolution_to_image(const SgConvolution *c, const SgPart *part, const float *weights, const float *bias,
                        const float *map, float *image, bool add)
{
  Tiling tiling = tiling_of(c);
  size_t in_group = c->image_channels / c->groups, plane = c->height * c->width;
  size_t begin = 0, end = c->image_channels, first = 0, last = c->batch;
  if (c->image_channels >= 4 * part->n_threads || c->batch < part->n_threads)
    sg_part_range(part, c->image_channels, 1, &begin, &end);
  else
    sg_part_range(part, c->batch, 1, &first, &last);
  for (size_t b = first; b < last && !add; b++)
    for (size_t channel = begin; channel < end; channel++)
      sg_fill_floats(image + (b * c->image_channels + channel) * plane, plane,
                     bias != NULL ? bias[channel] : 0.0f);
  size_t block = COLUMN_FLOATS / (area_of(c) * tiling.positions);
  block = block < 1 ? 1 : sg_min_size(block, in_group);
  while (begin < end && first < last) {
    size_t stop = sg_min_size(sg_min_size(begin + block, end), (begin / in_group + 1) * in_group);
    block_to_image(c, &tiling, begin, stop, first, last, part, weights, map, image);
    begin = stop;
  }
}

/* The share of map channels low … high−1 and image channels begin … end−1 of a group in the weights'
 * gradient. */
static void
add_group_gradient(const SgConvolution *c, const Tiling *tiling, size_t group, size_t low, size_t high,
                   size_t begin, size_t end, const SgPart *part, const float *image, const float *map,
                   float *gradient)
{
  size_t in_group = c->image_channels / c->groups, of_map = c->map_channels / c->groups;
  size_t rows = (end - begin) * area_of(c), depth = depth_of(c);
  float *target = gradient + (group * of_map + low) * depth + begin * area_of(c);
  for (size_t index = 0; index < n_tiles(tiling, c->batch); index++) {
    Tile tile = tile_at(tiling, index, 0, c->batch);
    size_t positions = tile_positions(&tile), stride;
    float *columns = part->scratch, *copy = columns + rows * positions;
    move_columns(c, &tile, group * in_group + begin, group * in_group + end, columns, (float *)image, false);
    const float *of_tile =
        map_matrix(c, &tile, map, group * of_map + low, group * of_map + high, copy, &stride);
    sg_product(part->packing, false, true, high - low, rows, positions, of_tile, stride, columns, positions,
               true, target, depth);
  }
}

/* Threads share the image's channels or, where those are few, the map's. */
void
sg_convolution_add_gradient(const SgConvolution *c, const SgPart *part, const float *image, const float *map,
                            float *gradient)
{
  Tiling tiling = tiling_of(c);
  size_t in_group = c->image_channels / c->groups, of_map = c->map_channels / c->groups;
  size_t begin = 0, end = in_group, low = 0, high = of_map;
  if (in_group >= part->n_threads)
    sg_part_range(part, in_group, 1, &begin, &end);
  else
    sg_part_range(part, of_map, 1, &low, &high);
  for (size_t group = 0; group < c->groups && begin < end && low < high; group++)
    add_group_gradient(c, &tiling, group, low, high, begin, end, part, image, map, gradient);
}
