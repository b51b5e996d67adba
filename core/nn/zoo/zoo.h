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

/* Networks on frames of a spectrogram with a joint mask over their sources (zoo/frames.h). Zeros stand for
 * the published sizes. */
typedef struct {
  int64_t n_channels; /* of the mixture: 1 */
  int64_t n_bins;     /* of the STFT: 513 */
  int64_t n_sources;  /* 2 */
  int64_t context;    /* dnn, drnn: frames that are seen together, 1, 3 or 5; 1 */
  int64_t hidden;     /* units of a layer: 1000; wvpnn, cvpnn: vectors, 512; ensemble-ffn 512 */
  int64_t layers;     /* 3 */
  int64_t recurrent;  /* drnn: the layer that recurs, 1 … layers; 0: all of them */
  bool compressed;    /* dnn, drnn, wvpnn, cvpnn: the layers see √magnitude */
  double dropout;     /* dnn, drnn: of every layer's units, < 1: none */
} SgFrameNetSettings;

/* zoo/drnn.c */
SgStatus sg_zoo_dnn(SgFrameNetSettings settings, SgGraph **out_graph, SgError *error);
SgStatus sg_zoo_drnn(SgFrameNetSettings settings, SgGraph **out_graph, SgError *error);

/* Vector product networks (zoo/vpnn.c). */
SgStatus sg_zoo_wvpnn(SgFrameNetSettings settings, SgGraph **out_graph, SgError *error);
SgStatus sg_zoo_cvpnn(SgFrameNetSettings settings, SgGraph **out_graph, SgError *error);

/* The colour mapping of cvpnn as nodes: x [batch, frames, n] → colours [batch, frames, 3, n] and back. */
int sg_zoo_hot(SgGraph *graph, int x, int64_t n);
int sg_zoo_hot_inverse(SgGraph *graph, int colours);

/* Waveform U-Net (zoo/wave-unet.c). Zeros stand for the original sizes. */
typedef struct {
  int64_t n_channels; /* 1 */
  int64_t n_sources;  /* 1 */
  int64_t width;      /* channels of the first layer, doubled by each of the others: 16 */
  int64_t depth;      /* layers: 6 */
  int64_t window;     /* samples, a multiple of 2^depth: 64 */
} SgWaveUnetSettings;

SgStatus sg_zoo_wave_unet(SgWaveUnetSettings settings, SgGraph **out_graph, SgError *error);

/* Ensemble network (zoo/ensemble-ffn.c). */
typedef struct {
  SgFrameNetSettings frames;
  int64_t n_bins_in; /* what the network sees of frames.n_bins; 0: all */
  int64_t segment;   /* frames that are one example: 16 */
  bool plain;        /* as first described: neither standardised nor masking */
  bool linear;       /* the baseline: no hidden layers, plain */
} SgEnsembleSettings;

SgStatus sg_zoo_ensemble_ffn(SgEnsembleSettings settings, SgGraph **out_graph, SgError *error);

/* U-Net over bands with a softmax over the sources (zoo/band-unet.c). Zeros stand for the built-in model's
 * sizes. */
typedef struct {
  int64_t n_channels; /* 2 */
  int64_t n_sources;  /* 4 */
  int64_t width;      /* channels of the first layer: 32; 1.5, 2 and 3 times as many follow */
  int64_t hidden;     /* values of a frame where times are mixed: 256 */
  int64_t n_bands;    /* a multiple of 32: 768 */
  double dropout;     /* of what goes in and out where times are mixed, < 1: none */
} SgBandUnetSettings;

/* A frame of its masks sees so many to either side. */
enum { SG_ZOO_BAND_UNET_REACH = 29 };

SgStatus sg_zoo_band_unet(SgBandUnetSettings settings, SgGraph **out_graph, SgError *error);
/* The bands that its 768 are: single bins to 5.5 kHz, groups of four above (at 44.1 kHz and 4096). */
SgModelBands sg_zoo_band_unet_bands(void);
