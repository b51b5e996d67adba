#include "core/nn/front-end.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FRAME_MULTIPLE = 1024 };

/* The result for an input of this shape. */
static SgShape
result_shape(const SgFrontEnd *front_end, SgShape input, size_t n_sources)
{
  if (front_end->layout != SG_LAYOUT_FRAMES_CHANNELS_BINS) {
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
  bool has_bands = front_end->bands.n_bands > 0;
  for (size_t drop = 0; drop < (has_bands ? 1 : 2); drop++)
    for (size_t multiple = 1; multiple <= MAX_FRAME_MULTIPLE; multiple *= 2) {
      front_end->n_bins = has_bands ? front_end->bands.n_bands : front_end->n_spectrum_bins - drop;
      front_end->frame_multiple = multiple;
      if (fits(graph, front_end, multiple, n_sources))
        return SG_OK;
    }
  char detail[SG_ERROR_DETAIL_SIZE];
  snprintf(detail, sizeof detail,
           "the network does not take spectra of %zu bins and give %zu sources of them",
           has_bands ? front_end->n_bins : front_end->n_spectrum_bins, n_sources);
  return sg_error_set(error, SG_BAD_GRAPH, NULL, detail);
}

/* Whether the words of the facts are known and go together. */
static SgStatus
check_words(const SgModelFacts *facts, SgError *error)
{
  const SgModelBands *bands = &facts->bands;
  bool gives_masks = strcmp(facts->output, "mask") == 0,
       mid_side = strcmp(facts->channel_form, "mid-side") == 0;
  if (strcmp(facts->input, "magnitude") != 0 || facts->fft_size < 4)
    return sg_error_set(error, SG_BAD_MODEL, NULL, "input: expected \"magnitude\" with an STFT");
  if (!gives_masks && strcmp(facts->output, "magnitude") != 0)
    return sg_error_set(error, SG_BAD_MODEL, NULL, "output: expected \"magnitude\" or \"mask\"");
  if (!mid_side && facts->channel_form[0] != '\0' && strcmp(facts->channel_form, "left-right") != 0)
    return sg_error_set(error, SG_BAD_MODEL, NULL, "channel_form: expected \"left-right\" or \"mid-side\"");
  if (mid_side && (facts->n_channels != 2 || !gives_masks))
    return sg_error_set(error, SG_BAD_MODEL, NULL, "mid and side: expected two channels and masks");
  if (bands->n_bands > 0 && (!gives_masks || bands->n_single > bands->n_bands || bands->width < 1))
    return sg_error_set(error, SG_BAD_MODEL, NULL,
                        "bands: expected with masks, more of them than single bins");
  return SG_OK;
}

static SgStatus
waveform_front_end(const SgGraph *graph, const SgModelFacts *facts, SgFrontEnd *out_front_end, SgError *error)
{
  if (strcmp(facts->output, "waveform") != 0 || strcmp(facts->normalisation, "none") != 0 ||
      facts->fft_size != 0)
    return sg_error_set(error, SG_BAD_MODEL, NULL,
                        "input \"waveform\": expected output \"waveform\", normalisation \"none\", no STFT");
  if (sg_graph_n_inputs(graph) != 1 || sg_graph_n_outputs(graph) != 1)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "a waveform network has one input and one result");
  const SgShape *shape = &sg_graph_node(graph, sg_graph_input_node(graph, 0))->attributes.shape;
  if (shape->n_dims != 3 || shape->dims[2] < 2 || shape->dims[2] % 2 != 0)
    return sg_error_set(error, SG_BAD_GRAPH, NULL,
                        "the input of a waveform network is batch, channels, an even number of samples");
  *out_front_end = (SgFrontEnd){ .layout = SG_LAYOUT_CHANNELS_SAMPLES,
                                 .n_channels = facts->n_channels,
                                 .frame_multiple = 1,
                                 .n_window = (size_t)shape->dims[2] };
  return fits(graph, out_front_end, 1, facts->n_sources)
             ? SG_OK
             : sg_error_set(error, SG_BAD_GRAPH, NULL,
                            "the network does not give sources of the samples that it takes");
}

SgStatus
sg_front_end_of(const SgGraph *graph, const SgModelFacts *facts, SgFrontEnd *out_front_end, SgError *error)
{
  if (strcmp(facts->input, "waveform") == 0)
    return waveform_front_end(graph, facts, out_front_end, error);
  SgStatus status = check_words(facts, error);
  if (status != SG_OK)
    return status;
  if (sg_graph_n_inputs(graph) != 1 || sg_graph_n_outputs(graph) != 1)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "a spectrogram network has one input and one result");
  const SgShape *shape = &sg_graph_node(graph, sg_graph_input_node(graph, 0))->attributes.shape;
  if (shape->n_dims != 4)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "the input of a spectrogram network has four dimensions");
  *out_front_end = (SgFrontEnd){
    .layout = shape->dims[1] < 0 ? SG_LAYOUT_FRAMES_CHANNELS_BINS : SG_LAYOUT_CHANNELS_BINS_FRAMES,
    .n_channels = facts->n_channels,
    .n_spectrum_bins = facts->fft_size / 2 + 1,
    .bands = facts->bands,
    .peak = strcmp(facts->normalisation, "peak") == 0,
    .mid_side = strcmp(facts->channel_form, "mid-side") == 0,
    .gives_masks = strcmp(facts->output, "mask") == 0,
  };
  return find_sizes(graph, facts->n_sources, out_front_end, error);
}

SgShape
sg_front_end_shape(const SgFrontEnd *front_end, size_t batch, size_t n_frames)
{
  int64_t n = (int64_t)batch, frames = (int64_t)n_frames, channels = (int64_t)front_end->n_channels,
          bins = (int64_t)front_end->n_bins;
  if (front_end->layout == SG_LAYOUT_CHANNELS_SAMPLES)
    return SG_SHAPE(n, channels, (int64_t)front_end->n_window);
  return front_end->layout == SG_LAYOUT_FRAMES_CHANNELS_BINS ? SG_SHAPE(n, frames, channels, bins)
                                                             : SG_SHAPE(n, channels, bins, frames);
}

size_t
sg_front_end_floats(const SgFrontEnd *front_end, size_t n_frames)
{
  if (front_end->layout == SG_LAYOUT_CHANNELS_SAMPLES)
    return front_end->n_channels * front_end->n_window;
  return front_end->n_channels * front_end->n_bins * n_frames;
}

/* The bins that spectrum and network both have, where there are no bands. */
static size_t
common_bins(const SgFrontEnd *front_end)
{
  return front_end->n_bins < front_end->n_spectrum_bins ? front_end->n_bins : front_end->n_spectrum_bins;
}

/* The first bin of a band, no more than the spectrum has; that of band n_bins is where the last one ends. */
static size_t
band_start(const SgFrontEnd *front_end, size_t band)
{
  const SgModelBands *bands = &front_end->bands;
  size_t start = band;
  if (bands->n_bands > 0 && band > bands->n_single)
    start = bands->n_single + (band - bands->n_single) * bands->width;
  if (bands->n_bands > 0 && band == bands->n_bands)
    start = front_end->n_spectrum_bins;
  return start < front_end->n_spectrum_bins ? start : front_end->n_spectrum_bins;
}

/* The band that a bin is in; n_bins or more where the network does not see it. */
static size_t
band_of(const SgFrontEnd *front_end, size_t bin)
{
  const SgModelBands *bands = &front_end->bands;
  if (bands->n_bands == 0 || bin < bands->n_single)
    return bin;
  size_t band = bands->n_single + (bin - bands->n_single) / bands->width;
  return band < bands->n_bands ? band : bands->n_bands - 1;
}

/* a → (a + b)·factor, b → (a − b)·factor. */
static void
rotate(const SgFrontEnd *front_end, SgComplex *spectra, size_t n_frames, float factor)
{
  size_t n = front_end->mid_side ? n_frames * front_end->n_spectrum_bins : 0;
  for (size_t i = 0; i < n; i++) {
    SgComplex a = spectra[i], b = spectra[n + i];
    spectra[i] = factor * (a + b);
    spectra[n + i] = factor * (a - b);
  }
}

void
sg_front_end_to_mid_side(const SgFrontEnd *front_end, SgComplex *spectra, size_t n_frames)
{
  rotate(front_end, spectra, n_frames, 0.5f);
}

void
sg_front_end_to_left_right(const SgFrontEnd *front_end, SgComplex *spectra, size_t n_frames)
{
  rotate(front_end, spectra, n_frames, 1.0f);
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

static float
power(SgComplex value)
{
  return crealf(value) * crealf(value) + cimagf(value) * cimagf(value);
}

static float
band_magnitude(const SgComplex *spectrum, size_t start, size_t end)
{
  float sum = 0.0f;
  if (end == start + 1)
    return cabsf(spectrum[start]);
  for (size_t bin = start; bin < end; bin++)
    sum += power(spectrum[bin]);
  return sqrtf(sum);
}

void
sg_front_end_fill(const SgFrontEnd *front_end, const SgComplex *spectra, size_t n_frames,
                  size_t n_frames_padded, float scale, float *out_tensor)
{
  memset(out_tensor, 0, sg_front_end_floats(front_end, n_frames_padded) * sizeof *out_tensor);
  for (size_t channel = 0; channel < front_end->n_channels; channel++)
    for (size_t frame = 0; frame < n_frames; frame++) {
      const SgComplex *spectrum = spectra + (channel * n_frames + frame) * front_end->n_spectrum_bins;
      for (size_t band = 0; band < front_end->n_bins; band++)
        out_tensor[place(front_end, n_frames_padded, channel, frame, band)] =
            band_magnitude(spectrum, band_start(front_end, band), band_start(front_end, band + 1)) / scale;
    }
}

void
sg_front_end_project(const SgFrontEnd *front_end, const SgComplex *mixture, const SgComplex *source,
                     size_t n_frames, float *out_projections, float *out_residual_powers)
{
  for (size_t channel = 0; channel < front_end->n_channels; channel++)
    for (size_t frame = 0; frame < n_frames; frame++) {
      size_t first = (channel * n_frames + frame) * front_end->n_spectrum_bins;
      const SgComplex *x = mixture + first, *s = source + first;
      for (size_t band = 0; band < front_end->n_bins; band++) {
        size_t end = band_start(front_end, band + 1), at = place(front_end, n_frames, channel, frame, band);
        float cross = 0.0f, of_mixture = 0.0f, of_source = 0.0f;
        for (size_t bin = band_start(front_end, band); bin < end; bin++) {
          cross += crealf(x[bin]) * crealf(s[bin]) + cimagf(x[bin]) * cimagf(s[bin]);
          of_mixture += power(x[bin]);
          of_source += power(s[bin]);
        }
        float projection = of_mixture > 0.0f ? cross / sqrtf(of_mixture) : 0.0f;
        out_projections[at] = projection;
        out_residual_powers[at] = fmaxf(0.0f, of_source - projection * projection);
      }
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

float
sg_front_end_value(const SgFrontEnd *front_end, const float *tensor, size_t n_frames_padded, size_t channel,
                   size_t frame, size_t bin)
{
  size_t band = band_of(front_end, bin);
  if (front_end->gives_masks && band >= front_end->n_bins)
    band = front_end->n_bins - 1;
  return band < front_end->n_bins ? tensor[place(front_end, n_frames_padded, channel, frame, band)] : 0.0f;
}

void
sg_front_end_read_frame(const SgFrontEnd *front_end, const float *tensor, size_t n_frames_padded,
                        size_t channel, size_t frame, float *out_values)
{
  size_t bin = 0, n_bins = front_end->n_spectrum_bins;
  for (size_t band = 0; band < front_end->n_bins; band++) {
    bool is_last = band + 1 == front_end->n_bins;
    size_t end = is_last && front_end->gives_masks ? n_bins : band_start(front_end, band + 1);
    float value = tensor[place(front_end, n_frames_padded, channel, frame, band)];
    for (; bin < end; bin++)
      out_values[bin] = value;
  }
  for (; bin < n_bins; bin++)
    out_values[bin] = 0.0f;
}

void
sg_front_end_read(const SgFrontEnd *front_end, const float *tensor, size_t n_frames_padded, float scale,
                  size_t n_frames, float *out_magnitudes)
{
  for (size_t channel = 0; channel < front_end->n_channels; channel++)
    for (size_t frame = 0; frame < n_frames; frame++) {
      float *magnitudes = out_magnitudes + (channel * n_frames + frame) * front_end->n_spectrum_bins;
      sg_front_end_read_frame(front_end, tensor, n_frames_padded, channel, frame, magnitudes);
      for (size_t bin = 0; bin < front_end->n_spectrum_bins; bin++)
        magnitudes[bin] *= scale;
    }
}
