#include "core/train/train-net.h"

#include <string.h>

#include "core/nn/zoo/zoo.h"

enum { PUBLISHED_WINDOW = 64 };

static SgStatus
build_umx(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_umx((SgUmxSettings){ .n_channels = config->n_channels,
                                     .n_bins = config->fft_size / 2 + 1,
                                     .hidden = config->hidden,
                                     .layers = config->layers,
                                     .one_way = config->one_way },
                    out_graph, error);
}

static SgStatus
build_cnn_unet(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_cnn_unet((SgCnnUnetSettings){ .n_channels = config->n_channels,
                                              .n_sources = (int64_t)config->n_targets,
                                              .width = config->width,
                                              .depth = config->depth },
                         out_graph, error);
}

static SgStatus
build_band_unet(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_band_unet((SgBandUnetSettings){ .n_channels = config->n_channels,
                                                .n_sources = (int64_t)config->n_targets,
                                                .width = config->width,
                                                .hidden = config->hidden,
                                                .dropout = config->dropout },
                          out_graph, error);
}

static SgFrameNetSettings
frame_settings(const SgTrainConfig *config)
{
  return (SgFrameNetSettings){ .n_channels = config->n_channels,
                               .n_bins = config->fft_size / 2 + 1,
                               .n_sources = (int64_t)config->n_targets,
                               .context = config->context,
                               .hidden = config->hidden,
                               .layers = config->layers,
                               .recurrent = config->recurrent,
                               .compressed = config->compressed,
                               .dropout = config->dropout };
}

static SgStatus
build_dnn(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_dnn(frame_settings(config), out_graph, error);
}

static SgStatus
build_drnn(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_drnn(frame_settings(config), out_graph, error);
}

static SgStatus
build_wvpnn(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_wvpnn(frame_settings(config), out_graph, error);
}

static SgStatus
build_cvpnn(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_cvpnn(frame_settings(config), out_graph, error);
}

static SgStatus
build_wave_unet(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_wave_unet((SgWaveUnetSettings){ .n_channels = config->n_channels,
                                                .n_sources = (int64_t)config->n_targets,
                                                .width = config->width,
                                                .depth = config->depth,
                                                .window = sg_train_net_window(config) },
                          out_graph, error);
}

static SgStatus
build_ensemble_ffn(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  return sg_zoo_ensemble_ffn((SgEnsembleSettings){ .frames = frame_settings(config),
                                                   .n_bins_in = config->n_bins_in,
                                                   .segment = config->segment,
                                                   .plain = config->plain,
                                                   .linear = config->linear },
                             out_graph, error);
}

static const struct {
  const char *net;
  SgStatus (*build)(const SgTrainConfig *config, SgGraph **out_graph, SgError *error);
} nets[] = {
  { "umx", build_umx },     { "cnn-unet", build_cnn_unet },   { "band-unet", build_band_unet },
  { "dnn", build_dnn },     { "drnn", build_drnn },           { "wvpnn", build_wvpnn },
  { "cvpnn", build_cvpnn }, { "wave-unet", build_wave_unet }, { "ensemble-ffn", build_ensemble_ffn },
};

enum { N_NETS = sizeof nets / sizeof *nets };

bool
sg_train_net_known(const char *net)
{
  for (size_t i = 0; i < N_NETS; i++)
    if (strcmp(nets[i].net, net) == 0)
      return true;
  return false;
}

bool
sg_train_net_is_wave(const char *net)
{
  return strcmp(net, "wave-unet") == 0;
}

int64_t
sg_train_net_window(const SgTrainConfig *config)
{
  return config->window != 0 ? config->window : PUBLISHED_WINDOW;
}

SgStatus
sg_train_net_build(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  *out_graph = NULL;
  for (size_t i = 0; i < N_NETS; i++)
    if (strcmp(nets[i].net, config->net) == 0)
      return nets[i].build(config, out_graph, error);
  return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "net");
}
