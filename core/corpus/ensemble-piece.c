#include "core/corpus/ensemble-piece.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/corpus/reverb.h"
#include "core/dsp/resample.h"

static const double TAIL_S = 1.5, PEAK = 0.9;

/* The room that all parts of a piece are in. */
typedef struct {
  double wet, time_s, pre_delay_s, damping;
} Room;

/* Both channels as one, resampled; out[n] with silence where the resampler gives fewer. */
static SgStatus
to_mono(const SgClip *clip, float *out, int64_t n, SgError *error)
{
  SgResampler *resampler = NULL;
  float *mono = SG_NEW(float, (size_t)clip->n);
  SgStatus status = mono != NULL
                        ? sg_resampler_new(SG_CORPUS_RATE_HZ, SG_ENSEMBLE_RATE_HZ, 1, &resampler, error)
                        : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (int64_t i = 0; status == SG_OK && i < clip->n; i++)
    mono[i] = 0.5f * (clip->channels[0][i] + clip->channels[1][i]);
  size_t at = 0, taken = 0, made = 1, filled = 0;
  while (status == SG_OK && at < (size_t)clip->n && filled < (size_t)n) {
    status = sg_resampler_process(resampler, mono + at, (size_t)clip->n - at, &taken, out + filled,
                                  (size_t)n - filled, &made, error);
    at += taken;
    filled += made;
  }
  while (status == SG_OK && made > 0 && filled < (size_t)n) {
    status = sg_resampler_drain(resampler, out + filled, (size_t)n - filled, &made, error);
    filled += made;
  }
  sg_resampler_free(resampler);
  sg_free(mono);
  return status;
}

static SgStatus
render_part(SgEnsemblePiece *piece, size_t index, const SgInstruments *instruments, SgFontBank *bank,
            const Room *room, SgRandom *random, const atomic_bool *stop, SgError *error)
{
  const SgNotes *notes = &piece->score.parts[index];
  SgFontChannel channels[16] = { { .program = piece->score.instruments[index]->program, .gain = 0.8f } };
  SgFont *font = NULL;
  SgClip *clip = sg_clip_new((int64_t)((piece->score.duration_s + TAIL_S) * SG_CORPUS_RATE_HZ));
  SgStatus status = clip != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK) {
    clip->stop = stop;
    status = sg_font_bank_get(bank, sg_random_below(random, instruments->n_fonts), &font,
                              &piece->fonts[index], error);
  }
  if (status == SG_OK)
    status = sg_font_render(font, channels, notes->items, notes->n, clip, error);
  if (status == SG_OK)
    status = sg_reverb(clip, room->wet, room->time_s, room->pre_delay_s, room->damping, error);
  if (status == SG_OK) {
    float level = sg_clip_level(clip);
    double wanted = pow(10.0, sg_random_between(random, -28.0, -20.0) / 20.0);
    sg_clip_scale(clip, level > 0.0f ? (float)(wanted / (double)level) : 0.0f);
    status = to_mono(clip, piece->parts[index], piece->n, error);
  }
  sg_clip_free(clip);
  return status;
}

/* Scales all parts alike so that the sum of their magnitudes, and with it any sum of them, stays below full
 * scale, and puts them on the steps of 24 bits. */
static void
settle_levels(SgEnsemblePiece *piece)
{
  double peak = 0.0;
  for (int64_t i = 0; i < piece->n; i++) {
    double sum = 0.0;
    for (size_t p = 0; p < piece->score.n_parts; p++)
      sum += fabs((double)piece->parts[p][i]);
    peak = fmax(peak, sum);
  }
  double gain = peak > PEAK ? PEAK / peak : 1.0;
  for (size_t p = 0; p < piece->score.n_parts; p++)
    for (int64_t i = 0; i < piece->n; i++)
      piece->parts[p][i] = (float)(rint(gain * (double)piece->parts[p][i] * 0x1p23) * 0x1p-23);
}

SgStatus
sg_ensemble_piece_render(SgEnsemblePiece *piece, const SgInstruments *instruments, SgFontBank *bank,
                         SgRandom *random, const atomic_bool *stop, SgError *error)
{
  const Room room = { .wet = sg_random_between(random, 0.05, 0.25),
                      .time_s = sg_random_between(random, 0.3, 1.2),
                      .pre_delay_s = sg_random_between(random, 0.0, 0.02),
                      .damping = sg_random_between(random, 0.3, 0.7) };
  if (instruments->n_fonts == 0)
    return sg_error_set(error, SG_NOT_FOUND, "/usr/share/sounds/sf2", NULL);
  SgStatus status = SG_OK;
  piece->n = (int64_t)((piece->score.duration_s + TAIL_S) * SG_ENSEMBLE_RATE_HZ);
  for (size_t i = 0; i < piece->score.n_parts && status == SG_OK; i++) {
    piece->parts[i] = SG_NEW(float, (size_t)piece->n);
    status = piece->parts[i] != NULL ? render_part(piece, i, instruments, bank, &room, random, stop, error)
                                     : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  if (status == SG_OK)
    settle_levels(piece);
  return status;
}

void
sg_ensemble_piece_clear(SgEnsemblePiece *piece)
{
  for (size_t i = 0; i < SG_ENSEMBLE_MAX_PARTS; i++)
    sg_free(piece->parts[i]);
  sg_ensemble_score_clear(&piece->score);
}
