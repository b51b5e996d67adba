#include "core/nn/front-end.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FRAME_MULTIPLE = 1024 };

/* The result for an input of this shape. */
static SgShape
result_shape(const SgFrontEnd *front_end, SgShape input, size_t n_sources)
{
  if (front_end->layout == SG_LAYOUT_CHANNELS_BINS_FRAMES) {
    input.dims[1] *= (int64_t)n_sources;
    return input;
  }
  return n_sources == 1
             ? input
             : SG_SHAPE(input.dims[0], (int64_t)n_sources, input.dims[1], input.dims[2], input.dims[3]);
}

/* Whether a plan can be made for so many frames and bins, with results of the input's layout. */
static bool
fits(const SgGraph *graph, const SgFrontEnd *front_end, size_t n_frames, size_t n_sources)
{
  SgShape shape = sg_front_end_shape(front_end, 1, n_frames);
  SgPlan *plan = NULL;
  SgTeam *team = sg_team_new(1);
  bool good =
      team != NULL && sg_plan_new(graph, &shape, (SgPlanOptions){ false, false }, team, &plan, NULL) == SG_OK;
  if (good) {
    shape = result_shape(front_end, shape, n_sources);
    good = sg_shape_equal(sg_plan_output_shape(plan, 0), &shape);
  }
  sg_plan_free(plan);
  sg_team_free(team);
  return good;
}

/* The greatest number of bins that the network takes: all, or one less, which is even. The smallest multiple
 * of frames that it takes is a power of two. */
static SgStatus
find_sizes(const SgGraph *graph, size_t n_sources, SgFrontEnd *front_end, SgError *error)
{
  for (size_t drop = 0; drop < 2; drop++)
    for (size_t multiple = 1; multiple <= MAX_FRAME_MULTIPLE; multiple *= 2) {
      front_end->n_bins = front_end->n_spectrum_bins - drop;
      front_end->frame_multiple = multiple;
      if (fits(graph, front_end, multiple, n_sources))
        return SG_OK;
    }
  char detail[SG_ERROR_DETAIL_SIZE];
  snprintf(detail, sizeof detail,
           "the network does not take spectra of %zu bins and give %zu sources of them",
           front_end->n_spectrum_bins, n_sources);
  return sg_error_set(error, SG_BAD_GRAPH, NULL, detail);
}

SgStatus
sg_front_end_of(const SgGraph *graph, const SgModelFacts *facts, SgFrontEnd *out_front_end, SgError *error)
{
  if (strcmp(facts->input, "magnitude") != 0 || facts->fft_size < 4)
    return sg_error_set(error, SG_BAD_MODEL, NULL, "input: expected \"magnitude\" with an STFT");
  if (strcmp(facts->output, "magnitude") != 0)
    return sg_error_set(error, SG_BAD_MODEL, NULL, "output: expected \"magnitude\"");
  if (sg_graph_n_inputs(graph) != 1 || sg_graph_n_outputs(graph) != 1)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "a spectrogram network has one input and one result");
  const SgShape *shape = &sg_graph_node(graph, sg_graph_input_node(graph, 0))->attributes.shape;
  if (shape->n_dims != 4)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "the input of a spectrogram network has four dimensions");
  *out_front_end = (SgFrontEnd){
    .layout = shape->dims[1] < 0 ? SG_LAYOUT_FRAMES_CHANNELS_BINS : SG_LAYOUT_CHANNELS_BINS_FRAMES,
    .n_channels = facts->n_channels,
    .n_spectrum_bins = facts->fft_size / 2 + 1,
    .peak = strcmp(facts->normalisation, "peak") == 0,
  };
  return find_sizes(graph, facts->n_sources, out_front_end, error);
}

SgShape
sg_front_end_shape(const SgFrontEnd *front_end, size_t batch, size_t n_frames)
{
  int64_t n = (int64_t)batch, frames = (int64_t)n_frames, channels = (int64_t)front_end->n_channels,
          bins = (int64_t)front_end->n_bins;
  return front_end->layout == SG_LAYOUT_FRAMES_CHANNELS_BINS ? SG_SHAPE(n, frames, channels, bins)
                                                             : SG_SHAPE(n, channels, bins, frames);
}

size_t
sg_front_end_floats(const SgFrontEnd *front_end, size_t n_frames)
{
  return front_end->n_channels * front_end->n_bins * n_frames;
}

/* The bins that spectrum and network both have. */
static size_t
common_bins(const SgFrontEnd *front_end)
{
  return front_end->n_bins < front_end->n_spectrum_bins ? front_end->n_bins : front_end->n_spectrum_bins;
}

float
sg_front_end_peak(const SgFrontEnd *front_end, const SgComplex *spectra, size_t n_frames)
{
  float peak = 0.0f;
  size_t n = front_end->peak ? front_end->n_channels * n_frames * front_end->n_spectrum_bins : 0;
  for (size_t i = 0; i < n; i++)
    peak = fmaxf(peak, cabsf(spectra[i]));
  return peak > 0.0f ? peak : 1.0f;
}

/* Where (channel, frame, bin) lies in a tensor. */
static size_t
place(const SgFrontEnd *front_end, size_t n_frames, size_t channel, size_t frame, size_t bin)
{
  return front_end->layout == SG_LAYOUT_FRAMES_CHANNELS_BINS
             ? (frame * front_end->n_channels + channel) * front_end->n_bins + bin
             : (channel * front_end->n_bins + bin) * n_frames + frame;
}

void
sg_front_end_fill(const SgFrontEnd *front_end, const SgComplex *spectra, size_t n_frames,
                  size_t n_frames_padded, float scale, float *out_tensor)
{
  memset(out_tensor, 0, sg_front_end_floats(front_end, n_frames_padded) * sizeof *out_tensor);
  for (size_t channel = 0; channel < front_end->n_channels; channel++)
    for (size_t frame = 0; frame < n_frames; frame++) {
      const SgComplex *spectrum = spectra + (channel * n_frames + frame) * front_end->n_spectrum_bins;
      for (size_t bin = 0; bin < common_bins(front_end); bin++)
        out_tensor[place(front_end, n_frames_padded, channel, frame, bin)] = cabsf(spectrum[bin]) / scale;
    }
}

void
sg_front_end_write(const SgFrontEnd *front_end, const float *values, size_t n_frames, size_t n_frames_padded,
                   float *out_tensor)
{
  memset(out_tensor, 0, sg_front_end_floats(front_end, n_frames_padded) * sizeof *out_tensor);
  for (size_t channel = 0; channel < front_end->n_channels; channel++)
    for (size_t frame = 0; frame < n_frames; frame++)
      for (size_t bin = 0; bin < common_bins(front_end); bin++)
        out_tensor[place(front_end, n_frames_padded, channel, frame, bin)] =
            values[(channel * n_frames + frame) * front_end->n_spectrum_bins + bin];
}

void
sg_front_end_read(const SgFrontEnd *front_end, const float *tensor, size_t n_frames_padded, float scale,
                  size_t n_frames, float *out_magnitudes)
{
  for (size_t channel = 0; channel < front_end->n_channels; channel++)
    for (size_t frame = 0; frame < n_frames; frame++) {
      float *magnitudes = out_magnitudes + (channel * n_frames + frame) * front_end->n_spectrum_bins;
      for (size_t bin = 0; bin < front_end->n_spectrum_bins; bin++)
        magnitudes[bin] = bin < common_bins(front_end)
                              ? scale * tensor[place(front_end, n_frames_padded, channel, frame, bin)]
                              : 0.0f;
    }
}
