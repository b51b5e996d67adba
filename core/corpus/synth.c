#include "core/corpus/synth.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/dsp/fft.h"

enum { TABLE = 2048, N_ECHOES = 3 };

static const double LOWEST_HZ = 32.0, HIGHEST_HARMONIC_HZ = 18000.0, VIBRATO_HZ = 5.3;

static double
one_of(SgRandom *random, const double *values, size_t n)
{
  return values[sg_random_below(random, n)];
}
#define ONE_OF(random, ...)                                                                                  \
  one_of((random), (const double[]){ __VA_ARGS__ }, sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double))

static void
set_wave(SgPatch *patch, SgWave wave, SgRandom *random)
{
  double slope = wave == SG_WAVE_SINE ? 6.0 : sg_random_between(random, 0.8, 1.3),
         width = sg_random_between(random, 0.1, 0.45);
  double centre = sg_random_between(random, 1.0, 8.0), spread = sg_random_between(random, 1.0, 4.0);
  for (int k = 0; k < SG_PATCH_HARMONICS; k++) {
    double h = k + 1.0, level = pow(h, -slope);
    bool odd = k % 2 == 0;
    if (wave == SG_WAVE_SQUARE && !odd)
      level = 0.0;
    if (wave == SG_WAVE_TRIANGLE)
      level = odd ? level * pow(h, -0.8) : 0.0;
    if (wave == SG_WAVE_PULSE)
      level *= fabs(sin(M_PI * h * width)) + 0.02;
    if (wave == SG_WAVE_FM) /* a formant, as frequency modulation gives it */
      level = exp(-fabs(h - centre) / spread);
    patch->harmonics[k] = (float)level;
  }
}

static SgPatch
draw_bass(SgRandom *random)
{
  SgPatch patch = {
    .closed_hz = sg_random_between_log(random, 120.0, 2500.0),
    .open_ratio = sg_random_between_log(random, 1.0, 12.0),
    .attack_s = ONE_OF(random, 0.002, 0.005, 0.02),
    .decay_s = sg_random_between_log(random, 0.05, 0.8),
    .release_s = 0.04,
    .sustain = ONE_OF(random, 0.0, 0.3, 0.7, 1.0, 1.0),
    .n_voices = (int)ONE_OF(random, 1, 1, 1, 2),
    .detune_semitones = sg_random_between(random, 0.01, 0.1),
    .drive = ONE_OF(random, 1, 1, 2, 5),
    .sub = ONE_OF(random, 0.0, 0.0, 0.2, 0.4),
    .octave = (int)ONE_OF(random, 0, 0, -1),
  };
  set_wave(&patch, (SgWave)sg_random_below(random, SG_N_WAVES), random);
  return patch;
}

static SgPatch
draw_other(SgPatchRole role, SgRandom *random)
{
  bool pad = role == SG_PATCH_PAD;
  SgPatch patch = {
    .closed_hz = sg_random_between_log(random, 300.0, 9000.0),
    .open_ratio = sg_random_between_log(random, 1.0, 12.0),
    .attack_s = pad ? ONE_OF(random, 0.05, 0.3, 0.6) : ONE_OF(random, 0.003, 0.003, 0.01),
    .decay_s =
        sg_random_between_log(random, role == SG_PATCH_KEYS ? 0.1 : 0.05, role == SG_PATCH_KEYS ? 1.5 : 0.8),
    .release_s = pad ? ONE_OF(random, 0.3, 0.8) : ONE_OF(random, 0.03, 0.08, 0.3),
    .sustain = pad ? 1.0 : ONE_OF(random, 0.0, 0.3, 0.7, 1.0),
    .n_voices = (int)ONE_OF(random, 1, 1, 2, 3, 5),
    .detune_semitones = sg_random_between(random, 0.02, 0.25),
    .vibrato_semitones = role == SG_PATCH_LEAD ? ONE_OF(random, 0.0, 0.1, 0.25) : 0.0,
    .drive = ONE_OF(random, 1, 1, 1, 2, 5),
    .echo_s = ONE_OF(random, 0.0, 0.0, 0.18, 0.27, 0.4),
    .octave = (int)ONE_OF(random, 0, 0, 0, 1, -1),
    .pan = sg_random_between(random, -0.6, 0.6),
  };
  static const SgWave waves[] = { SG_WAVE_SAW,      SG_WAVE_SAW,   SG_WAVE_SQUARE,
                                  SG_WAVE_TRIANGLE, SG_WAVE_PULSE, SG_WAVE_FM };
  set_wave(&patch, waves[sg_random_below(random, sizeof waves / sizeof *waves)], random);
  return patch;
}

SgPatch
sg_patch_draw(SgPatchRole role, SgRandom *random)
{
  return role == SG_PATCH_BASS ? draw_bass(random) : draw_other(role, random);
}

/* One period of the wave at `freq_hz` behind a low-pass |H| = 1/(1 + (f/cutoff)⁴), at a level of −14 dB RMS.
 */
static void
make_table(const SgPatch *patch, double freq_hz, double cutoff_hz, const SgFft *fft, SgComplex *bins,
           float *out_table)
{
  double power = 1e-12;
  for (int k = 0; k <= TABLE / 2; k++) {
    double h_hz = freq_hz * k;
    double level = k >= 1 && k <= SG_PATCH_HARMONICS && h_hz < HIGHEST_HARMONIC_HZ
                       ? patch->harmonics[k - 1] / (1.0 + pow(h_hz / cutoff_hz, 4.0))
                       : 0.0;
    bins[k] = (SgComplex)(-I * level); /* all sines */
    power += 2.0 * level * level;
  }
  sg_fft_inverse(fft, bins, out_table);
  for (int i = 0; i < TABLE; i++)
    out_table[i] *= (float)(0.2 / sqrt(power));
}

typedef struct {
  SgFft *fft;
  SgComplex *bins;
  float *closed, *open; /* [TABLE] */
  SgClip *note;
} Voice;

/* The level of the envelope at sample i of a note that is held for `held_s`; 0 once released. */
static double
envelope(const SgPatch *patch, double t_s, double held_s)
{
  double attack = fmin(1.0, t_s / patch->attack_s), fall = exp(-t_s / patch->decay_s);
  double release = fmin(1.0, fmax(0.0, (held_s + patch->release_s - t_s) / patch->release_s));
  return attack * (patch->sustain + (1.0 - patch->sustain) * fall) * release;
}

static void
add_voice(const SgPatch *patch, Voice *voice, double freq_hz, double phase, float left, float right)
{
  for (int64_t i = 0; i < voice->note->n; i++) {
    double t_s = (double)i / SG_CORPUS_RATE_HZ, fall = exp(-t_s / patch->decay_s);
    double vibrato = patch->vibrato_semitones * fmin(1.0, 2.0 * t_s) * sin(2.0 * M_PI * VIBRATO_HZ * t_s);
    phase += freq_hz * (1.0 + vibrato * (M_LN2 / 12.0)) / SG_CORPUS_RATE_HZ;
    double place = (phase - floor(phase)) * TABLE;
    int k = (int)place & (TABLE - 1), next = (k + 1) & (TABLE - 1);
    float fraction = (float)(place - (double)(int)place), bright = (float)fall;
    float closed = voice->closed[k] + fraction * (voice->closed[next] - voice->closed[k]);
    float open = voice->open[k] + fraction * (voice->open[next] - voice->open[k]);
    float sample = closed + bright * (open - closed);
    voice->note->channels[0][i] += left * sample;
    voice->note->channels[1][i] += right * sample;
  }
}

static void
shape(const SgPatch *patch, SgClip *note, double freq_hz, double held_s)
{
  double scale = 1.0 / sqrt((double)patch->n_voices), after = 1.0 / sqrt(patch->drive);
  for (int64_t i = 0; i < note->n; i++) {
    double t_s = (double)i / SG_CORPUS_RATE_HZ;
    double level = envelope(patch, t_s, held_s), sub = patch->sub * sin(2.0 * M_PI * freq_hz * t_s);
    for (int c = 0; c < 2; c++) {
      double x = level * (scale * note->channels[c][i] + sub);
      note->channels[c][i] = (float)(patch->drive > 1.0 ? after * tanh(patch->drive * x) : x);
    }
  }
}

static SgStatus
render_note(const SgPatch *patch, Voice *voice, const SgMidiNote *note, SgRandom *random, SgClip *clip,
            SgError *error)
{
  double freq_hz = 440.0 * exp2((note->key + 12.0 * patch->octave - 69.0) / 12.0);
  while (freq_hz < LOWEST_HZ)
    freq_hz *= 2.0;
  double held_s = fmin(note->duration_s, 8.0);
  make_table(patch, freq_hz, patch->closed_hz, voice->fft, voice->bins, voice->closed);
  make_table(patch, freq_hz, patch->closed_hz * patch->open_ratio, voice->fft, voice->bins, voice->open);
  voice->note = sg_clip_new((int64_t)((held_s + patch->release_s) * SG_CORPUS_RATE_HZ));
  if (voice->note == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (int v = 0; v < patch->n_voices; v++) {
    bool several = patch->n_voices > 1;
    double detune = several ? sg_random_between(random, -1.0, 1.0) * patch->detune_semitones : 0.0;
    double pan = several && patch->pan != 0.0 ? sg_random_between(random, -0.9, 0.9) : 0.0;
    add_voice(patch, voice, freq_hz * exp2(detune / 12.0), sg_random_unit(random),
              (float)fmin(1.0, 1.0 - pan), (float)fmin(1.0, 1.0 + pan));
  }
  shape(patch, voice->note, freq_hz, held_s);
  int64_t at = llround(note->start_s * SG_CORPUS_RATE_HZ);
  double level = note->velocity / 127.0;
  for (int echo = 0; echo <= (patch->echo_s > 0.0 ? N_ECHOES : 0); echo++) {
    double pan = echo % 2 == 0 ? patch->pan : -patch->pan; /* from side to side */
    sg_clip_add(clip, at + llround(echo * patch->echo_s * SG_CORPUS_RATE_HZ), voice->note,
                (float)(level * fmin(1.0, 1.0 - pan)), (float)(level * fmin(1.0, 1.0 + pan)));
    level *= 0.4;
  }
  sg_clip_free(voice->note);
  return SG_OK;
}

SgStatus
sg_patch_render(const SgPatch *patch, const SgMidiNote *notes, size_t n_notes, SgRandom *random, SgClip *clip,
                SgError *error)
{
  Voice voice = { .fft = sg_fft_new(TABLE),
                  .bins = SG_NEW(SgComplex, TABLE / 2 + 1),
                  .closed = SG_NEW(float, TABLE),
                  .open = SG_NEW(float, TABLE) };
  SgStatus status = SG_OK;
  if (voice.fft == NULL || voice.bins == NULL || voice.closed == NULL || voice.open == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t i = 0; status == SG_OK && i < n_notes; i++)
    status = sg_clip_is_stopped(clip) ? sg_error_set(error, SG_CANCELLED, NULL, NULL)
                                      : render_note(patch, &voice, &notes[i], random, clip, error);
  sg_fft_free(voice.fft);
  sg_free(voice.bins);
  sg_free(voice.closed);
  sg_free(voice.open);
  return status;
}
