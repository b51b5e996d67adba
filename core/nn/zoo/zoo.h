/* Networks of the literature, built from settings as graphs. Each file cites its paper and states the shapes
 * of inputs and results. Ownership: the graph is the caller's. Errors: SG_NO_MEMORY, SG_BAD_GRAPH for
 * settings that do not fit. */
#pragma once

#include "core/nn/graph.h"
#include "core/nn/model-file.h"

/* Open-Unmix (zoo/umx.c). Zeros stand for the published sizes. */
typedef struct {
  int64_t n_channels; /* 2 */
  int64_t n_bins;     /* of the STFT: 2049 */
  int64_t n_bins_in;  /* of those, what the network sees: 1487 (16 kHz at 44.1 kHz and 4096) */
  int64_t hidden;     /* 512; umxl 1024 */
  int64_t layers;     /* 3 */
  bool one_way;       /* LSTM forward in time only, of `hidden` units */
} SgUmxSettings;

SgStatus sg_zoo_umx(SgUmxSettings settings, SgGraph **out_graph, SgError *error);

/* Spectrogram U-Net (zoo/cnn-unet.c). Zeros stand for the published sizes. */
typedef struct {
  int64_t n_channels; /* of the spectrogram, in and out: 1 */
  int64_t n_sources;  /* masks: 1 */
  int64_t width;      /* channels of the first layer, doubled by each of the others: 16 */
  int64_t depth;      /* layers: 6; heights and widths must be multiples of 2^depth */
} SgCnnUnetSettings;

SgStatus sg_zoo_cnn_unet(SgCnnUnetSettings settings, SgGraph **out_graph, SgError *error);

/* U-Net over bands with a softmax over the sources (zoo/band-unet.c). Zeros stand for the built-in model's
 * sizes. */
typedef struct {
  int64_t n_channels; /* 2 */
  int64_t n_sources;  /* 4 */
  int64_t width;      /* channels of the first layer: 32; 1.5, 2 and 3 times as many follow */
  int64_t hidden;     /* values of a frame where times are mixed: 256 */
  int64_t n_bands;    /* a multiple of 32: 768 */
} SgBandUnetSettings;

SgStatus sg_zoo_band_unet(SgBandUnetSettings settings, SgGraph **out_graph, SgError *error);
/* The bands that its 768 are: single bins to 5.5 kHz, groups of four above (at 44.1 kHz and 4096). */
SgModelBands sg_zoo_band_unet_bands(void);
