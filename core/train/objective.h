/* What a training step computes around the network: spectra of a batch, the network's input, the loss and its
 * gradient with respect to the network's result, and the score of that result as sound.
 *
 * The network gives magnitudes (core/nn/front-end.h). The losses on magnitudes compare them, divided by the
 * input's scale, with the sources' magnitudes; those on waveforms take the ratio of estimate and mixture as a
 * mask and go through the inverse STFT (core/train/losses-wave.h).
 *
 * A network that gives masks is trained with the complex error alone (core/train/losses.h, band_l1 or band_l2): no
 * inverse STFT. It is divided by the example's mean magnitude, so that loud and quiet ones count alike.
 *
 * A network on waveforms is trained with mse or mae of the samples.
 *
 * Shapes: see core/train/loader.h for a batch; tensors as the front end lays them out, example after example.
 * Ownership: free with sg_objective_free (NULL ignored); the team is borrowed. Threads: one objective, one
 * thread, which runs the team; results depend on the number of its threads not at all. Audio callback: never.
 */
#pragma once

#include "core/base/team.h"
#include "core/nn/front-end.h"
#include "core/train/loader.h"

typedef enum {
  SG_LOSS_MSE,
  SG_LOSS_MAE, /* of masked magnitudes: ‖M⊙X − Y‖₁ [Jansson 2017] */
  SG_LOSS_KL,
  SG_LOSS_DISCRIMINATIVE, /* [Huang 2014] */
  SG_LOSS_WAVE_L1,
  SG_LOSS_SI_SDR,
  SG_LOSS_DIFFERENCE, /* [Fan 2017] */
  SG_LOSS_COMPLEX_L1, /* of networks that give masks: √(|mX − S|² + ε), relative to the mean of |X| */
  SG_LOSS_COMPLEX_L2, /* of the same: |mX − S|²/(|X| + ε), relative to the mean of |X| */
  SG_N_LOSSES
} SgLossKind;

typedef struct {
  SgLossKind kind;
  double gamma; /* of the discriminative and the difference loss */
} SgLossConfig;

/* "mse", "mae", "kl", "discriminative", "wave-l1", "si-sdr", "difference", "complex-l1", "complex-l2". */
const char *sg_loss_id(SgLossKind kind);
bool sg_loss_find(const char *id, SgLossKind *out_kind);

typedef struct {
  SgFrontEnd front_end;
  uint32_t fft_size;
  size_t n_sources; /* that the network gives: the first of … */
  size_t n_targets; /* … those that a batch has */
  size_t batch_size;
  int64_t n_samples; /* of an excerpt */
  SgLossConfig loss;
} SgObjectiveSetup;

typedef struct SgObjective SgObjective;

/* SG_NO_MEMORY; SG_BAD_ARGUMENT (a size that no STFT has, an excerpt whose frames or samples are not what
 * the network takes, or a loss for another kind of network; `detail` says which). */
SgStatus sg_objective_new(const SgObjectiveSetup *setup, SgTeam *team, SgObjective **out_objective,
                          SgError *error);
void sg_objective_free(SgObjective *objective);

/* Frames of an excerpt, and samples that make n_frames frames. */
size_t sg_objective_n_frames(const SgObjective *objective);
int64_t sg_excerpt_samples(uint32_t fft_size, size_t n_frames);

/* Takes a batch, which must stay until the loss and score are computed, and fills the network's input. */
void sg_objective_begin(SgObjective *objective, const SgBatch *batch, float *out_input);

/* Of the batch begun last: the sources' magnitudes, each batch as the network's result would be. Not for
 * losses on waveforms or of masks. */
const float *sg_objective_targets(const SgObjective *objective);

/* The loss of the network's result, a mean over the batch; the gradient unless out_gradient is NULL. */
double sg_objective_loss(SgObjective *objective, const float *estimates, float *out_gradient);

/* The SDR of the result as sound, 10·log10(‖s‖²/‖s − ŝ‖²) with the mixture's phase, in dB:
 * out_db[batch][n_sources], NAN where the source is silent. */
void sg_objective_score(SgObjective *objective, const float *estimates, double *out_db);
