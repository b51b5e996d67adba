/* The three products behind convolutions and transposed convolutions.
 *
 * One side is the image [batch, image_channels, height, width], over which the kernel slides; the other is
 * the map [batch, map_channels, map_height, map_width], one position for each place of the kernel. A
 * convolution goes from image to map, a transposed one from map to image; each is the other's gradient. The
 * weights are [map_channels, image_channels / groups, kernel_h, kernel_w] either way, PyTorch's layout of
 * both.
 *
 * Positions are worked on in tiles: the image's elements under the kernel become columns of a matrix (im2col
 * of a tile, small enough for the cache), and the rest is a matrix product. One dimension is height 1. */
#pragma once

#include "core/nn/op.h"

typedef struct {
  size_t batch, groups;
  size_t image_channels, height, width;
  size_t map_channels, map_height, map_width;
  size_t kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;
} SgConvolution;

/* Floats of scratch that each thread needs for any of the three. */
size_t sg_convolution_scratch(const SgConvolution *c);

/* map (+)= W ∗ image + bias[map_channels] (bias may be NULL). */
void sg_convolution_to_map(const SgConvolution *c, const SgPart *part, const float *weights,
                           const float *bias, const float *image, float *map, bool add);

/* image (+)= Wᵀ ∗ map + bias[image_channels]. */
void sg_convolution_to_image(const SgConvolution *c, const SgPart *part, const float *weights,
                             const float *bias, const float *map, float *image, bool add);

/* gradient += the products of image and map, as the weights lie. */
void sg_convolution_add_gradient(const SgConvolution *c, const SgPart *part, const float *image,
                                 const float *map, float *gradient);
