#include "core/corpus/vocoder.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/dsp/fft.h"

enum { SIZE = 2048, N_BINS = SIZE / 2 + 1 };

static const double LOWEST_PITCH_HZ = 70.0, HIGHEST_PITCH_HZ = 500.0;

static double
mel(double freq_hz)
{
  return 2595.0 * log10(1.0 + freq_hz / 700.0);
}

/* The frequency in the middle of band b, in bins of the transform. */
static double
band_centre(int b)
{
  double top = mel(SG_CORPUS_RATE_HZ / 2.0), m = top * (b + 0.5) / SG_VOCODER_BANDS;
  return 700.0 * (pow(10.0, m / 2595.0) - 1.0) * SIZE / SG_CORPUS_RATE_HZ;
}

static void
make_window(float out_window[SIZE])
{
  for (int i = 0; i < SIZE; i++)
    out_window[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * i / SIZE));
}

typedef struct {
  SgFft *fft;
  float *window, *frame, *smooth;
  SgComplex *bins;
} Analyser;

static void
load_frame(Analyser *analyser, const float *samples, int64_t n, int64_t centre)
{
  for (int i = 0; i < SIZE; i++) {
    int64_t at = centre - SIZE / 2 + i;
    analyser->frame[i] = at >= 0 && at < n ? samples[at] * analyser->window[i] : 0.0f;
  }
}

/* The height of the autocorrelation's peak among the pitches of speech, and where it lies. */
static double
periodicity(Analyser *analyser, double *out_pitch_hz)
{
  for (int k = 0; k < N_BINS; k++) {
    float re = crealf(analyser->bins[k]), im = cimagf(analyser->bins[k]);
    analyser->bins[k] = re * re + im * im;
  }
  sg_fft_inverse(analyser->fft, analyser->bins, analyser->frame);
  int first = (int)(SG_CORPUS_RATE_HZ / HIGHEST_PITCH_HZ), last = (int)(SG_CORPUS_RATE_HZ / LOWEST_PITCH_HZ),
      best = first;
  for (int lag = first; lag <= last; lag++)
    best = analyser->frame[lag] > analyser->frame[best] ? lag : best;
  *out_pitch_hz = (double)SG_CORPUS_RATE_HZ / best;
  return analyser->frame[0] > 0.0f ? analyser->frame[best] / analyser->frame[0] : 0.0;
}

/* Between the harmonics the spectrum falls; their peaks are the envelope: the largest of the bins within half
 * a harmonic on either side. */
static void
take_envelope(Analyser *analyser, double pitch_hz, SgVoiceFrame *frame)
{
  int reach = (int)fmax(1.0, 0.5 * pitch_hz * SIZE / SG_CORPUS_RATE_HZ);
  for (int b = 0; b < SG_VOCODER_BANDS; b++) {
    int centre = (int)lrint(band_centre(b));
    int wide = (int)fmax(reach, 0.5 * (band_centre(b + 1) - band_centre(b)));
    float peak = 1e-5f;
    for (int k = centre - wide < 0 ? 0 : centre - wide; k <= centre + wide && k < N_BINS; k++)
      peak = fmaxf(peak, analyser->smooth[k]);
    frame->envelope[b] = logf(peak);
  }
}

static void
analyse_frame(Analyser *analyser, const SgClip *clip, int64_t centre, SgVoiceFrame *frame)
{
  load_frame(analyser, clip->channels[0], clip->n, centre);
  double power = 0.0, high = 0.0, all = 1e-12, pitch_hz = 150.0;
  for (int i = 0; i < SIZE; i++)
    power += (double)analyser->frame[i] * analyser->frame[i];
  sg_fft_forward(analyser->fft, analyser->frame, analyser->bins);
  for (int k = 0; k < N_BINS; k++) {
    analyser->smooth[k] = cabsf(analyser->bins[k]);
    double p = (double)analyser->smooth[k] * analyser->smooth[k];
    all += p;
    high += k >= 200 ? p : 0.0; /* above 4.3 kHz */
  }
  double periodic = periodicity(analyser, &pitch_hz);
  frame->level = (float)sqrt(power / SIZE);
  /* A strong peak and little hiss: a vowel. */
  frame->voicing =
      (float)(fmin(1.0, fmax(0.0, (periodic - 0.3) / 0.25)) * fmin(1.0, fmax(0.0, (0.6 - high / all) / 0.2)));
  frame->pitch_hz = (float)pitch_hz;
  take_envelope(analyser, frame->voicing > 0.5f ? pitch_hz : 150.0, frame);
}

SgStatus
sg_speech_analyse(const SgClip *clip, SgSpeech **out_speech, SgError *error)
{
  *out_speech = NULL;
  size_t n_frames = (size_t)(clip->n / SG_VOCODER_HOP);
  if (n_frames < 10)
    return sg_error_set(error, SG_NO_SAMPLES, NULL, NULL);
  Analyser analyser = { sg_fft_new(SIZE), SG_NEW(float, SIZE), SG_NEW(float, SIZE), SG_NEW(float, N_BINS),
                        SG_NEW(SgComplex, N_BINS) };
  SgSpeech *speech = SG_NEW(SgSpeech, 1);
  SgStatus status = SG_OK;
  if (speech != NULL)
    speech->frames = SG_NEW(SgVoiceFrame, n_frames);
  if (analyser.fft == NULL || analyser.window == NULL || analyser.frame == NULL || analyser.smooth == NULL ||
      analyser.bins == NULL || speech == NULL || speech->frames == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto out;
  }
  make_window(analyser.window);
  speech->n_frames = n_frames;
  float loudest = 1e-6f;
  for (size_t i = 0; i < n_frames; i++) {
    analyse_frame(&analyser, clip, (int64_t)i * SG_VOCODER_HOP, &speech->frames[i]);
    loudest = fmaxf(loudest, speech->frames[i].level);
  }
  for (size_t i = 0; i < n_frames; i++)
    speech->frames[i].level /= loudest;
out:
  sg_fft_free(analyser.fft);
  sg_free(analyser.window);
  sg_free(analyser.frame);
  sg_free(analyser.smooth);
  sg_free(analyser.bins);
  if (status != SG_OK) {
    sg_speech_free(speech);
    return status;
  }
  *out_speech = speech;
  return SG_OK;
}

void
sg_speech_free(SgSpeech *speech)
{
  if (speech == NULL)
    return;
  sg_free(speech->frames);
  sg_free(speech);
}

/* The three excitations, [n_frames · SG_VOCODER_HOP + SIZE] each: pulses of equal power at the pitch, noise
 * where there is no voice, and noise where there is one (breath). */
typedef struct {
  float *pulses, *hiss, *breath;
} Excitation;

static double
noise(SgRandom *random)
{
  return (sg_random_unit(random) + sg_random_unit(random) + sg_random_unit(random) - 1.5) * 2.0;
}

static void
excite(const SgVoiceFrame *frames, const float *f0_hz, size_t n_frames, SgRandom *random, Excitation *out)
{
  double phase = 0.0;
  for (size_t f = 0; f + 1 < n_frames; f++)
    for (int i = 0; i < SG_VOCODER_HOP; i++) {
      size_t at = f * SG_VOCODER_HOP + (size_t)i;
      double t = (double)i / SG_VOCODER_HOP, hz = f0_hz[f] + t * (f0_hz[f + 1] - f0_hz[f]);
      double voicing = frames[f].voicing + t * (frames[f + 1].voicing - frames[f].voicing),
             hiss = noise(random);
      phase += hz / SG_CORPUS_RATE_HZ;
      out->hiss[at] = (float)(0.9 * hiss * (1.0 - voicing));
      out->breath[at] = (float)(hiss * voicing);
      if (phase < 1.0)
        continue;
      phase -= 1.0;
      /* The pulse falls between two samples. */
      double late = phase * SG_CORPUS_RATE_HZ / hz;
      double amplitude = voicing * sqrt(SG_CORPUS_RATE_HZ / hz) * (1.0 + 0.03 * noise(random));
      out->pulses[at] += (float)(amplitude * (1.0 - fmin(1.0, late)));
      if (at > 0)
        out->pulses[at - 1] += (float)(amplitude * fmin(1.0, late));
    }
}

/* The magnitude at bin k: bands interpolated, read at k/stretch. */
static float
magnitude_at(const SgVoiceFrame *frame, double bin)
{
  double place = mel(bin * SG_CORPUS_RATE_HZ / SIZE) / mel(SG_CORPUS_RATE_HZ / 2.0) * SG_VOCODER_BANDS - 0.5;
  place = fmin(fmax(place, 0.0), SG_VOCODER_BANDS - 1.001);
  int b = (int)place;
  float t = (float)(place - b);
  return expf(frame->envelope[b] + t * (frame->envelope[b + 1] - frame->envelope[b]));
}

typedef struct {
  Analyser spectrum; /* its frame and bins serve every excitation in turn */
  SgComplex *sum;
} Speaker;

/* A voice is periodic below and noisy above: 0 up to 3 kHz, 1 from 10 kHz on. */
static double
noisiness(int bin)
{
  double freq_hz = (double)bin * SG_CORPUS_RATE_HZ / SIZE;
  return fmin(1.0, fmax(0.0, (freq_hz - 3000.0) / 7000.0));
}

/* Adds the excitation, weighted `low` where the voice is periodic and `high` where it is noisy. */
static void
add_filtered(Speaker *speaker, const float *excitation, double low, double high)
{
  for (int i = 0; i < SIZE; i++)
    speaker->spectrum.frame[i] = excitation[i] * speaker->spectrum.window[i];
  sg_fft_forward(speaker->spectrum.fft, speaker->spectrum.frame, speaker->spectrum.bins);
  for (int k = 0; k < N_BINS; k++)
    speaker->sum[k] += (float)(low + (high - low) * noisiness(k)) * speaker->spectrum.bins[k];
}

/* Pulses lose their highs and breath gains them, the more so the breathier the manner. */
static void
speak_frame(Speaker *speaker, const SgVoiceFrame *frame, const Excitation *excitation, size_t at,
            SgVoiceManner manner)
{
  for (int k = 0; k < N_BINS; k++)
    speaker->sum[k] = 0.0f;
  add_filtered(speaker, excitation->pulses + at, 1.0, 0.5 - 0.4 * fmin(1.0, 8.0 * manner.breath));
  add_filtered(speaker, excitation->hiss + at, 1.0, 1.0);
  add_filtered(speaker, excitation->breath + at, 0.0, 0.6 + 2.0 * manner.breath);
  for (int k = 0; k < N_BINS; k++)
    speaker->sum[k] *= magnitude_at(frame, k / manner.stretch);
  sg_fft_inverse(speaker->spectrum.fft, speaker->sum, speaker->spectrum.frame);
}

SgStatus
sg_vocoder_speak(const SgVoiceFrame *frames, const float *f0_hz, size_t n_frames, SgVoiceManner manner,
                 float gain_left, float gain_right, SgRandom *random, SgClip *clip, SgError *error)
{
  size_t n = n_frames * SG_VOCODER_HOP + SIZE;
  Excitation excitation = { SG_NEW(float, n), SG_NEW(float, n), SG_NEW(float, n) };
  Speaker speaker = { { sg_fft_new(SIZE), SG_NEW(float, SIZE), SG_NEW(float, SIZE), NULL,
                        SG_NEW(SgComplex, N_BINS) },
                      SG_NEW(SgComplex, N_BINS) };
  const float gains[2] = { gain_left / SIZE, gain_right / SIZE };
  SgStatus status = SG_OK;
  if (excitation.pulses == NULL || excitation.hiss == NULL || excitation.breath == NULL ||
      speaker.sum == NULL || speaker.spectrum.fft == NULL || speaker.spectrum.window == NULL ||
      speaker.spectrum.frame == NULL || speaker.spectrum.bins == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto out;
  }
  make_window(speaker.spectrum.window);
  excite(frames, f0_hz, n_frames, random, &excitation);
  for (size_t f = 0; f < n_frames; f++) {
    size_t at = f * SG_VOCODER_HOP;
    if (sg_clip_is_stopped(clip)) {
      status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
      break;
    }
    speak_frame(&speaker, &frames[f], &excitation, at, manner);
    /* The frame's middle is its time: what was read SIZE/2 late is put back early. */
    for (int i = 0; i < SIZE; i++) {
      int64_t place = (int64_t)at + i - SIZE / 2;
      float sample = speaker.spectrum.frame[i] * speaker.spectrum.window[i];
      for (int c = 0; c < 2 && place >= 0 && place < clip->n; c++)
        clip->channels[c][place] += gains[c] * sample;
    }
  }
out:
  sg_fft_free(speaker.spectrum.fft);
  sg_free(speaker.spectrum.window);
  sg_free(speaker.spectrum.frame);
  sg_free(speaker.spectrum.bins);
  sg_free(speaker.sum);
  sg_free(excitation.pulses);
  sg_free(excitation.hiss);
  sg_free(excitation.breath);
  return status;
}
