#include "core/train/objective.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/stft.h"
#include "core/train/losses-wave.h"
#include "core/train/losses.h"

/* Added to a magnitude before something is divided by it. */
static const float MAGNITUDE_FLOOR = 1e-7f;
static const double KL_FLOOR = 1e-4;
/* √ε of the complex error, and the least mean magnitude, which silence has. */
static const double ERROR_FLOOR = 3e-3, MEAN_FLOOR = 1e-6;

static const char *const loss_ids[SG_N_LOSSES] = { "mse",       "mae",    "kl",         "discriminative",
                                                   "wave-l1",   "si-sdr", "difference", "complex-l1",
                                                   "complex-l2" };

/* What one member of the team needs for one example at a time. */
typedef struct {
  SgStftWork *stft;
  SgWaveLoss *wave_loss;
  float *samples;     /* [n_padded]: an excerpt with the zeros that the first and last frame reach into */
  SgComplex *spectra; /* [channels][frames][bins] */
  float *masks, *mask_gradient; /* [sources][channels][frames][bins] */
} Member;

struct SgObjective {
  SgObjectiveSetup setup;
  SgTeam *team;
  SgStft *stft;
  SgStftSize size;
  size_t n_frames, n_padded, n_members;
  size_t n_spectrum;   /* channels·frames·bins */
  size_t n_example;    /* sources·floats of a tensor */
  Member *members;     /* [n_members] */
  SgComplex *mixtures; /* [batch][n_spectrum] */
  float *targets;      /* [batch][n_example]: magnitudes, or of masks projections on the mixture … */
  float *residuals;    /* … and what they leave; empty for other losses, as are … */
  float *amplitudes;   /* … the mixture's magnitudes, [batch][n_example / sources] */
  float *scales;       /* [batch] */
  double *values;      /* [batch], summed in order */
  /* of the job that runs */
  const SgBatch *batch;
  const float *estimates;
  float *input, *gradient;
  double *scores;
};

const char *
sg_loss_id(SgLossKind kind)
{
  return loss_ids[kind];
}

bool
sg_loss_find(const char *id, SgLossKind *out_kind)
{
  for (SgLossKind kind = 0; kind < SG_N_LOSSES; kind++)
    if (strcmp(loss_ids[kind], id) == 0) {
      *out_kind = kind;
      return true;
    }
  return false;
}

int64_t
sg_excerpt_samples(uint32_t fft_size, size_t n_frames)
{
  return ((int64_t)n_frames - 1) * (fft_size / 4);
}

static bool
is_on_waveforms(const SgObjective *objective)
{
  return objective->setup.loss.kind == SG_LOSS_WAVE_L1 || objective->setup.loss.kind == SG_LOSS_SI_SDR;
}

static bool
is_loss_of_masks(SgLossKind kind)
{
  return kind == SG_LOSS_COMPLEX_L1 || kind == SG_LOSS_COMPLEX_L2;
}

static bool
is_of_masks(const SgObjective *objective)
{
  return is_loss_of_masks(objective->setup.loss.kind);
}

/* A network on waveforms: no spectra at all. */
static bool
takes_samples(const SgObjective *objective)
{
  return objective->setup.front_end.layout == SG_LAYOUT_CHANNELS_SAMPLES;
}

static bool
make_member(const SgObjective *objective, Member *member)
{
  if (takes_samples(objective))
    return true;
  size_t n_masks = objective->setup.n_sources * objective->n_spectrum;
  member->stft = sg_stft_work_new(objective->stft);
  member->samples = SG_NEW(float, objective->n_padded);
  member->spectra = SG_NEW(SgComplex, objective->n_spectrum);
  member->masks = SG_NEW(float, n_masks);
  member->mask_gradient = SG_NEW(float, is_on_waveforms(objective) ? n_masks : 0);
  member->wave_loss = sg_wave_loss_new(objective->stft, objective->setup.n_samples);
  return member->stft != NULL && member->samples != NULL && member->spectra != NULL &&
         member->masks != NULL && member->mask_gradient != NULL && member->wave_loss != NULL;
}

static bool
make_buffers(SgObjective *objective)
{
  size_t batch = objective->setup.batch_size;
  objective->members = SG_NEW(Member, objective->n_members);
  objective->mixtures = SG_NEW(SgComplex, batch * objective->n_spectrum);
  objective->targets = SG_NEW(float, batch * objective->n_example);
  objective->residuals = SG_NEW(float, is_of_masks(objective) ? batch * objective->n_example : 0);
  objective->amplitudes =
      SG_NEW(float, is_of_masks(objective) ? batch *(objective->n_example / objective->setup.n_sources) : 0);
  objective->scales = SG_NEW(float, batch);
  objective->values = SG_NEW(double, batch);
  bool good = objective->members != NULL && objective->mixtures != NULL && objective->targets != NULL &&
              objective->residuals != NULL && objective->amplitudes != NULL && objective->scales != NULL &&
              objective->values != NULL;
  for (size_t i = 0; good && i < objective->n_members; i++)
    good = make_member(objective, &objective->members[i]);
  return good;
}

static SgStatus
new_on_samples(const SgObjectiveSetup *setup, SgTeam *team, SgObjective **out_objective, SgError *error)
{
  *out_objective = NULL;
  if (setup->n_samples != (int64_t)setup->front_end.n_window)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "window: expected excerpts of the network's length");
  if (setup->loss.kind != SG_LOSS_MSE && setup->loss.kind != SG_LOSS_MAE)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "loss: expected mse or mae for a waveform network");
  SgObjective *objective = SG_NEW(SgObjective, 1);
  if (objective == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  objective->setup = *setup;
  objective->team = team;
  objective->n_members = sg_team_n_threads(team);
  objective->n_example = setup->n_sources * sg_front_end_floats(&setup->front_end, 1);
  if (!make_buffers(objective)) {
    sg_objective_free(objective);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_objective = objective;
  return SG_OK;
}

SgStatus
sg_objective_new(const SgObjectiveSetup *setup, SgTeam *team, SgObjective **out_objective, SgError *error)
{
  if (setup->front_end.layout == SG_LAYOUT_CHANNELS_SAMPLES)
    return new_on_samples(setup, team, out_objective, error);
  SgStftSize size = { setup->fft_size, setup->fft_size / 4, setup->fft_size / 2 + 1 };
  size_t n_frames = (size_t)sg_stft_n_frames(size, setup->n_samples);
  *out_objective = NULL;
  if (setup->fft_size < 8 || setup->fft_size % 4 != 0 || size.n_bins != setup->front_end.n_spectrum_bins)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "fft_size");
  if (setup->front_end.gives_masks != is_loss_of_masks(setup->loss.kind))
    return sg_error_set(
        error, SG_BAD_ARGUMENT, NULL,
        "loss: complex-l1 and complex-l2 are those of networks that give masks, which have no other");
  if (n_frames % setup->front_end.frame_multiple != 0) {
    char detail[SG_ERROR_DETAIL_SIZE];
    snprintf(detail, sizeof detail, "frames: %zu, expected a multiple of %zu", n_frames,
             setup->front_end.frame_multiple);
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, detail);
  }
  SgObjective *objective = SG_NEW(SgObjective, 1);
  if (objective == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  objective->setup = *setup;
  objective->team = team;
  objective->size = size;
  objective->n_members = sg_team_n_threads(team);
  objective->n_frames = n_frames;
  objective->n_padded = (n_frames - 1) * size.hop + size.window;
  objective->n_spectrum = setup->front_end.n_channels * n_frames * size.n_bins;
  objective->n_example = setup->n_sources * sg_front_end_floats(&setup->front_end, n_frames);
  objective->stft = sg_stft_new(size);
  if (objective->stft == NULL || !make_buffers(objective)) {
    sg_objective_free(objective);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_objective = objective;
  return SG_OK;
}

void
sg_objective_free(SgObjective *objective)
{
  if (objective == NULL)
    return;
  for (size_t i = 0; objective->members != NULL && i < objective->n_members; i++) {
    sg_stft_work_free(objective->members[i].stft);
    sg_wave_loss_free(objective->members[i].wave_loss);
    sg_free(objective->members[i].samples);
    sg_free(objective->members[i].spectra);
    sg_free(objective->members[i].masks);
    sg_free(objective->members[i].mask_gradient);
  }
  sg_free(objective->members);
  sg_free(objective->mixtures);
  sg_free(objective->targets);
  sg_free(objective->residuals);
  sg_free(objective->amplitudes);
  sg_free(objective->scales);
  sg_free(objective->values);
  sg_stft_free(objective->stft);
  sg_free(objective);
}

size_t
sg_objective_n_frames(const SgObjective *objective)
{
  return objective->n_frames;
}

/* samples[channels][n_samples] → out_spectra[channels][frames][bins], as the network sees channels. */
static void
analyse(const SgObjective *objective, Member *member, const float *samples, SgComplex *out_spectra)
{
  size_t n = (size_t)objective->setup.n_samples, lead = objective->size.window / 2;
  for (size_t c = 0; c < objective->setup.front_end.n_channels; c++) {
    memset(member->samples, 0, objective->n_padded * sizeof *member->samples);
    memcpy(member->samples + lead, samples + c * n, n * sizeof *samples);
    sg_stft_analyse(objective->stft, member->stft, member->samples, (int64_t)objective->n_frames,
                    out_spectra + c * objective->n_frames * objective->size.n_bins);
  }
  sg_front_end_to_mid_side(&objective->setup.front_end, out_spectra, objective->n_frames);
}

/* The targets of example b as sound, source by source: what a network on waveforms is held against. */
static const float *
sounds_of(const SgObjective *objective, size_t b)
{
  size_t n_signal = objective->setup.front_end.n_channels * (size_t)objective->setup.n_samples;
  return objective->batch->targets + b * objective->setup.n_targets * n_signal;
}

static void
begin_example(SgObjective *objective, Member *member, size_t b)
{
  const SgFrontEnd *front_end = &objective->setup.front_end;
  if (takes_samples(objective)) {
    size_t n = sg_front_end_floats(front_end, 1);
    memcpy(objective->input + b * n, objective->batch->mixtures + b * n, n * sizeof *objective->input);
    return;
  }
  size_t floats = sg_front_end_floats(front_end, objective->n_frames), n_sources = objective->setup.n_sources;
  size_t n_signal = front_end->n_channels * (size_t)objective->setup.n_samples;
  SgComplex *mixture = objective->mixtures + b * objective->n_spectrum;
  analyse(objective, member, objective->batch->mixtures + b * n_signal, mixture);
  objective->scales[b] = sg_front_end_peak(front_end, mixture, objective->n_frames);
  sg_front_end_fill(front_end, mixture, objective->n_frames, objective->n_frames, objective->scales[b],
                    objective->input + b * floats);
  if (is_on_waveforms(objective))
    return;
  for (size_t i = 0; i < floats && is_of_masks(objective); i++)
    objective->amplitudes[b * floats + i] = objective->scales[b] * objective->input[b * floats + i];
  for (size_t j = 0; j < n_sources; j++) {
    analyse(objective, member, objective->batch->targets + (b * objective->setup.n_targets + j) * n_signal,
            member->spectra);
    size_t at = b * objective->n_example + j * floats;
    if (is_of_masks(objective))
      sg_front_end_project(front_end, mixture, member->spectra, objective->n_frames, objective->targets + at,
                           objective->residuals + at);
    else
      sg_front_end_fill(front_end, member->spectra, objective->n_frames, objective->n_frames,
                        objective->scales[b], objective->targets + at);
  }
}

static double
magnitude_loss(const SgObjective *objective, const float *estimates, const float *targets, float *gradient)
{
  size_t n_sources = objective->setup.n_sources, n = objective->n_example;
  switch (objective->setup.loss.kind) {
  case SG_LOSS_MSE:
    return sg_loss_mse(n, estimates, targets, gradient);
  case SG_LOSS_KL:
    return sg_loss_kl(n, estimates, targets, KL_FLOOR, gradient);
  case SG_LOSS_DISCRIMINATIVE:
    return sg_loss_discriminative(n_sources, n / n_sources, estimates, targets, objective->setup.loss.gamma,
                                  gradient);
  case SG_LOSS_DIFFERENCE:
    return sg_loss_difference(n_sources, n / n_sources, estimates, targets, objective->setup.loss.gamma,
                              gradient);
  default:
    return sg_loss_mae(n, estimates, targets, gradient);
  }
}

/* The complex error of masks relative to the mixture's mean magnitude. */
static double
mask_loss(const SgObjective *objective, size_t b, float *gradient)
{
  size_t n = objective->n_example, n_sources = objective->setup.n_sources, n_cells = n / n_sources;
  const float *amplitudes = objective->amplitudes + b * n_cells;
  double mean = 0.0;
  for (size_t i = 0; i < n_cells; i++)
    mean += amplitudes[i];
  mean = fmax(mean / (double)n_cells, MEAN_FLOOR);
  bool is_l2 = objective->setup.loss.kind == SG_LOSS_COMPLEX_L2;
  double epsilon = ERROR_FLOOR * mean;
  const float *estimates = objective->estimates + b * n, *projections = objective->targets + b * n,
              *residuals = objective->residuals + b * n;
  double loss = is_l2 ? sg_loss_band_l2(n_sources, n_cells, estimates, amplitudes, projections, residuals,
                                        epsilon, gradient)
                      : sg_loss_band_l1(n_sources, n_cells, estimates, amplitudes, projections, residuals,
                                        epsilon * epsilon, gradient);
  for (size_t i = 0; gradient != NULL && i < n; i++)
    gradient[i] /= (float)mean;
  return loss / mean;
}

/* The masks that the estimates of example b stand for: estimate·scale/|X|. */
static void
read_masks(const SgObjective *objective, Member *member, size_t b)
{
  const SgFrontEnd *front_end = &objective->setup.front_end;
  const SgComplex *mixture = objective->mixtures + b * objective->n_spectrum;
  size_t floats = sg_front_end_floats(front_end, objective->n_frames);
  for (size_t j = 0; j < objective->setup.n_sources; j++) {
    float *masks = member->masks + j * objective->n_spectrum;
    sg_front_end_read(front_end, objective->estimates + b * objective->n_example + j * floats,
                      objective->n_frames, is_of_masks(objective) ? 1.0f : objective->scales[b],
                      objective->n_frames, masks);
    for (size_t i = 0; i < objective->n_spectrum && !is_of_masks(objective); i++)
      masks[i] /= cabsf(mixture[i]) + MAGNITUDE_FLOOR;
  }
}

/* ∂L/∂estimate = ∂L/∂M · scale/|X|, in the tensor's layout. */
static void
write_gradient(const SgObjective *objective, Member *member, size_t b, float *gradient)
{
  const SgFrontEnd *front_end = &objective->setup.front_end;
  const SgComplex *mixture = objective->mixtures + b * objective->n_spectrum;
  size_t floats = sg_front_end_floats(front_end, objective->n_frames);
  for (size_t j = 0; j < objective->setup.n_sources; j++) {
    const float *mask_gradient = member->mask_gradient + j * objective->n_spectrum;
    for (size_t i = 0; i < objective->n_spectrum; i++)
      member->masks[i] = mask_gradient[i] * objective->scales[b] / (cabsf(mixture[i]) + MAGNITUDE_FLOOR);
    sg_front_end_write(front_end, member->masks, objective->n_frames, objective->n_frames,
                       gradient + j * floats);
  }
}

static double
wave_loss(SgObjective *objective, Member *member, size_t b, float *gradient)
{
  size_t n_channels = objective->setup.front_end.n_channels, n_sources = objective->setup.n_sources;
  size_t n_targets = objective->setup.n_targets * n_channels * (size_t)objective->setup.n_samples;
  read_masks(objective, member, b);
  double loss = sg_wave_loss(
      member->wave_loss, objective->setup.loss.kind == SG_LOSS_SI_SDR ? SG_WAVE_SI_SDR : SG_WAVE_L1,
      n_sources, n_channels, objective->mixtures + b * objective->n_spectrum, member->masks,
      objective->batch->targets + b * n_targets, gradient != NULL ? member->mask_gradient : NULL);
  if (gradient != NULL)
    write_gradient(objective, member, b, gradient);
  return loss;
}

static void
lose_example(SgObjective *objective, Member *member, size_t b)
{
  size_t n = objective->n_example;
  float *gradient = objective->gradient != NULL ? objective->gradient + b * n : NULL;
  const float *targets = takes_samples(objective) ? sounds_of(objective, b) : objective->targets + b * n;
  objective->values[b] = is_of_masks(objective) ? mask_loss(objective, b, gradient)
                         : is_on_waveforms(objective)
                             ? wave_loss(objective, member, b, gradient)
                             : magnitude_loss(objective, objective->estimates + b * n, targets, gradient);
  /* The batch's loss is the mean of its examples'. */
  for (size_t i = 0; gradient != NULL && i < n; i++)
    gradient[i] /= (float)objective->setup.batch_size;
}

/* ‖s‖² and ‖s − ŝ‖² of source j over all channels. */
static void
measure(const SgObjective *objective, Member *member, size_t b, size_t j, double *out_power,
        double *out_error)
{
  size_t n = (size_t)objective->setup.n_samples, n_channels = objective->setup.front_end.n_channels;
  size_t n_plane = objective->n_frames * objective->size.n_bins;
  const SgComplex *mixture = objective->mixtures + b * objective->n_spectrum;
  const float *target = objective->batch->targets + (b * objective->setup.n_targets + j) * n_channels * n;
  const float *masks = member->masks + j * objective->n_spectrum;
  for (size_t i = 0; i < objective->n_spectrum; i++)
    member->spectra[i] = masks[i] * mixture[i];
  sg_front_end_to_left_right(&objective->setup.front_end, member->spectra, objective->n_frames);
  *out_power = *out_error = 0.0;
  for (size_t c = 0; c < n_channels; c++, target += n) {
    sg_stft_synthesise(objective->stft, member->stft, member->spectra + c * n_plane,
                       (int64_t)objective->n_frames, member->samples);
    const float *estimate = member->samples + objective->size.window / 2;
    sg_stft_normalise(objective->stft, (int64_t)objective->n_frames, 0, (int64_t)n,
                      member->samples + objective->size.window / 2);
    for (size_t i = 0; i < n; i++) {
      *out_power += (double)target[i] * target[i];
      *out_error += ((double)target[i] - estimate[i]) * ((double)target[i] - estimate[i]);
    }
  }
}

/* The same of an estimate that is sound. */
static void
measure_samples(const SgObjective *objective, size_t b, size_t j, double *out_power, double *out_error)
{
  size_t n = sg_front_end_floats(&objective->setup.front_end, 1);
  const float *target = sounds_of(objective, b) + j * n;
  const float *estimate = objective->estimates + b * objective->n_example + j * n;
  *out_power = *out_error = 0.0;
  for (size_t i = 0; i < n; i++) {
    *out_power += (double)target[i] * target[i];
    *out_error += ((double)target[i] - estimate[i]) * ((double)target[i] - estimate[i]);
  }
}

static void
score_example(SgObjective *objective, Member *member, size_t b)
{
  double power, error;
  if (!takes_samples(objective))
    read_masks(objective, member, b);
  for (size_t j = 0; j < objective->setup.n_sources; j++) {
    if (takes_samples(objective))
      measure_samples(objective, b, j, &power, &error);
    else
      measure(objective, member, b, j, &power, &error);
    objective->scores[b * objective->setup.n_sources + j] =
        power > 0.0 ? 10.0 * log10(power / (error + 1e-12 * power)) : NAN;
  }
}

/* Runs work on every example of the batch, members taking turns. */
typedef struct {
  SgObjective *objective;
  void (*work)(SgObjective *objective, Member *member, size_t b);
} Job;

static void
run_job(unsigned member, void *user)
{
  Job *job = user;
  SgObjective *objective = job->objective;
  for (size_t b = member; b < objective->setup.batch_size; b += objective->n_members)
    job->work(objective, &objective->members[member], b);
}

static void
for_examples(SgObjective *objective, void (*work)(SgObjective *, Member *, size_t))
{
  Job job = { objective, work };
  sg_team_run(objective->team, run_job, &job);
}

void
sg_objective_begin(SgObjective *objective, const SgBatch *batch, float *out_input)
{
  objective->batch = batch;
  objective->input = out_input;
  for_examples(objective, begin_example);
}

const float *
sg_objective_targets(const SgObjective *objective)
{
  return objective->targets;
}

double
sg_objective_loss(SgObjective *objective, const float *estimates, float *out_gradient)
{
  double sum = 0.0;
  objective->estimates = estimates;
  objective->gradient = out_gradient;
  for_examples(objective, lose_example);
  for (size_t b = 0; b < objective->setup.batch_size; b++)
    sum += objective->values[b];
  return sum / (double)objective->setup.batch_size;
}

void
sg_objective_score(SgObjective *objective, const float *estimates, double *out_db)
{
  objective->estimates = estimates;
  objective->scores = out_db;
  for_examples(objective, score_example);
}
