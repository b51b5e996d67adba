#include "core/train/augment.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/biquad.h"
#include "core/dsp/resample.h"

/* Input before and after what an excerpt takes, in output samples, so that the resampler's ends fall outside.
 */
enum { MARGIN_SAMPLES = 256 };

static const double BELL_Q = 0.8;

const char *
sg_augment_bad_value(const SgAugmentConfig *config)
{
  const double probabilities[] = { config->polarity_probability, config->swap_probability,
                                   config->shift_probability, config->speed_probability,
                                   config->eq_probability };
  static const char *const names[] = { "polarity", "swap", "shift", "speed", "equaliser" };
  for (int i = 0; i < 5; i++)
    if (!(probabilities[i] >= 0.0 && probabilities[i] <= 1.0))
      return names[i];
  if (!(config->gain_min_db <= config->gain_max_db))
    return "gain";
  if (config->shift_step_samples < 0)
    return "shift";
  if (config->speed_probability > 0.0 &&
      !(config->speed_min >= 0.25 && config->speed_min <= config->speed_max && config->speed_max <= 4.0))
    return "speed";
  return config->eq_max_db >= 0.0 && config->eq_max_db <= 40.0 ? NULL : "equaliser";
}

/* Uniform between the logarithms. */
static double
between(SgRandom *random, double low, double high)
{
  return low * pow(high / low, sg_random_unit(random));
}

void
sg_augment_draw(const SgAugmentConfig *config, uint32_t rate_hz, int64_t n_samples, SgRandom *random,
                SgAugmentPlan *out_plan)
{
  SgAugmentPlan plan = { .speed = 1.0 };
  plan.gain_db = config->gain_min_db + (config->gain_max_db - config->gain_min_db) * sg_random_unit(random);
  plan.is_inverted = sg_random_unit(random) < config->polarity_probability;
  plan.is_swapped = sg_random_unit(random) < config->swap_probability;
  bool shifts = sg_random_unit(random) < config->shift_probability;
  int64_t step = config->shift_step_samples > 0 ? config->shift_step_samples : 1;
  int64_t n_steps = (n_samples + step - 1) / step;
  int64_t shift = step * (int64_t)sg_random_below(random, n_steps > 0 ? (uint64_t)n_steps : 1);
  plan.shift_samples = shifts ? shift : 0;
  bool speeds = sg_random_unit(random) < config->speed_probability;
  double speed = between(random, speeds ? config->speed_min : 1.0, speeds ? config->speed_max : 1.0);
  /* A whole number of Hz is what the resampler takes. */
  plan.speed = round(speed * rate_hz) / rate_hz;
  plan.has_eq = sg_random_unit(random) < config->eq_probability;
  static const double lowest_hz[] = { 60.0, 150.0, 1000.0, 2500.0 };
  static const double highest_hz[] = { 250.0, 1000.0, 5000.0, 10000.0 };
  for (int i = 0; i < SG_AUGMENT_BIQUADS; i++) {
    plan.eq_gains_db[i] = config->eq_max_db * (2.0 * sg_random_unit(random) - 1.0);
    plan.eq_freqs_hz[i] = fmin(between(random, lowest_hz[i], highest_hz[i]), 0.4 * rate_hz);
  }
  *out_plan = plan;
}

int64_t
sg_augment_input_length(const SgAugmentPlan *plan, int64_t n_samples)
{
  if (plan->speed == 1.0)
    return n_samples;
  return (int64_t)ceil((double)(n_samples + 2 * MARGIN_SAMPLES) * plan->speed) + 1;
}

/* in[n_channels][n_in] → out[n_channels][n], the first being output sample MARGIN_SAMPLES. */
static SgStatus
change_speed(const SgAugmentPlan *plan, uint32_t rate_hz, uint32_t n_channels, float *const *in, int64_t n,
             float *const *out, SgError *error)
{
  int64_t n_in = sg_augment_input_length(plan, n), n_made = n + MARGIN_SAMPLES;
  float *interleaved = SG_NEW(float, (size_t)n_in *n_channels);
  float *made = SG_NEW(float, (size_t)n_made *n_channels);
  SgResampler *resampler = NULL;
  SgStatus status = SG_OK;
  size_t n_taken = 0, n_given = 0;
  if (interleaved == NULL || made == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    status =
        sg_resampler_new((uint32_t)lround(plan->speed * rate_hz), rate_hz, n_channels, &resampler, error);
  for (uint32_t c = 0; status == SG_OK && c < n_channels; c++)
    for (int64_t i = 0; i < n_in; i++)
      interleaved[i * n_channels + c] = in[c][i];
  while (status == SG_OK && n_taken < (size_t)n_in && n_given < (size_t)n_made) {
    size_t taken, given;
    status =
        sg_resampler_process(resampler, interleaved + n_taken * n_channels, (size_t)n_in - n_taken, &taken,
                             made + n_given * n_channels, (size_t)n_made - n_given, &given, error);
    n_taken += taken;
    n_given += given;
  }
  for (size_t given = 1; status == SG_OK && given > 0 && n_given < (size_t)n_made; n_given += given)
    status =
        sg_resampler_drain(resampler, made + n_given * n_channels, (size_t)n_made - n_given, &given, error);
  for (uint32_t c = 0; status == SG_OK && c < n_channels; c++)
    for (int64_t i = 0; i < n; i++)
      out[c][i] = made[(i + MARGIN_SAMPLES) * n_channels + c];
  sg_resampler_free(resampler);
  sg_free(interleaved);
  sg_free(made);
  return status;
}

static void
reverse(float *values, int64_t n)
{
  for (int64_t i = 0; i < n / 2; i++) {
    float kept = values[i];
    values[i] = values[n - 1 - i];
    values[n - 1 - i] = kept;
  }
}

/* Sample i goes to (i + shift) mod n, in place, by three reversals. */
static void
rotate(float *values, int64_t n, int64_t shift)
{
  reverse(values, n);
  reverse(values, shift);
  reverse(values + shift, n - shift);
}

static void
equalise(const SgAugmentPlan *plan, uint32_t rate_hz, float *inout, int64_t n)
{
  static const SgBiquadKind kinds[SG_AUGMENT_BIQUADS] = { SG_BIQUAD_LOW_SHELF, SG_BIQUAD_PEAK, SG_BIQUAD_PEAK,
                                                          SG_BIQUAD_HIGH_SHELF };
  for (int i = 0; i < SG_AUGMENT_BIQUADS; i++) {
    SgBiquad biquad = sg_biquad(kinds[i], rate_hz, plan->eq_freqs_hz[i],
                                kinds[i] == SG_BIQUAD_PEAK ? BELL_Q : M_SQRT1_2, plan->eq_gains_db[i]);
    sg_biquad_filter(&biquad, inout, n);
  }
}

SgStatus
sg_augment_apply(const SgAugmentPlan *plan, uint32_t rate_hz, uint32_t n_channels, float *const *in_channels,
                 int64_t n_samples, float *const *out_channels, SgError *error)
{
  if (plan->speed != 1.0) {
    SgStatus status = change_speed(plan, rate_hz, n_channels, in_channels, n_samples, out_channels, error);
    if (status != SG_OK)
      return status;
  }
  const double gain = pow(10.0, plan->gain_db / 20.0) * (plan->is_inverted ? -1.0 : 1.0);
  for (uint32_t c = 0; c < n_channels; c++) {
    float *out = out_channels[c];
    if (plan->speed == 1.0)
      memcpy(out, in_channels[c], (size_t)n_samples * sizeof *out);
    if (plan->shift_samples > 0)
      rotate(out, n_samples, plan->shift_samples % n_samples);
    if (plan->has_eq)
      equalise(plan, rate_hz, out, n_samples);
    if (gain != 1.0)
      for (int64_t i = 0; i < n_samples; i++)
        out[i] = (float)(gain * out[i]);
  }
  if (plan->is_swapped && n_channels == 2)
    for (int64_t i = 0; i < n_samples; i++) {
      float left = out_channels[0][i];
      out_channels[0][i] = out_channels[1][i];
      out_channels[1][i] = left;
    }
  return SG_OK;
}

SgJson *
sg_augment_json(const SgAugmentConfig *config)
{
  SgJson *json = sg_json_object_new();
  sg_json_set_number(json, "gain_min_db", config->gain_min_db);
  sg_json_set_number(json, "gain_max_db", config->gain_max_db);
  sg_json_set_number(json, "polarity_probability", config->polarity_probability);
  sg_json_set_number(json, "swap_probability", config->swap_probability);
  sg_json_set_number(json, "shift_probability", config->shift_probability);
  sg_json_set_integer(json, "shift_step_samples", config->shift_step_samples);
  sg_json_set_number(json, "speed_probability", config->speed_probability);
  sg_json_set_number(json, "speed_min", config->speed_min);
  sg_json_set_number(json, "speed_max", config->speed_max);
  sg_json_set_number(json, "eq_probability", config->eq_probability);
  sg_json_set_number(json, "eq_max_db", config->eq_max_db);
  return json;
}
