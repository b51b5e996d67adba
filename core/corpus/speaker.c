#include "core/corpus/speaker.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/corpus/pitch-line.h"
#include "core/dsp/voice-stretch.h"

static const double FRAMES_PER_S = (double)SG_CORPUS_RATE_HZ / SG_VOCODER_HOP;
static const double LONGEST_HOLD = 10.0, RELEASE_S = 0.04, MAX_NOTE_S = 6.0;

_Static_assert((int)SG_VOICE_STEP == (int)SG_VOCODER_HOP, "a step of the stretch is a frame");

/* How one pass over the notes is sung. */
typedef struct {
  const SgSpeaker *speaker;
  SgSingingStyle style;
  SgRandom words; /* a second voice says the same */
  float left, right;
} Pass;

/* How much of a vowel a frame is, 0 … 1. */
static double
vowel(const SgVoiceFrame *frame)
{
  double loud = fmin(1.0, 2.5 * frame->level);
  return frame->voicing * loud * loud;
}

/* Speeds that lay the take over `length` frames: consonants keep theirs while they take no more than half of
 * it, vowels are held or cut short. */
static void
set_speeds(const SgTake *take, double length, SgVoiceStep *steps)
{
  double consonants = 0.0, vowels = 1e-9;
  for (size_t i = 0; i < take->speech->n_frames; i++) {
    double v = vowel(&take->speech->frames[i]);
    consonants += 1.0 - v;
    vowels += v;
  }
  double squeeze = fmin(1.0, 0.5 * length / fmax(consonants, 1e-9));
  double hold = fmin(LONGEST_HOLD, fmax(0.25, (length - squeeze * consonants) / vowels));
  for (size_t i = 0; i < take->speech->n_frames; i++) {
    double v = vowel(&take->speech->frames[i]);
    steps[i].speed = fmin(4.0, 1.0 / (squeeze * (1.0 - v) + hold * v));
  }
}

/* Semitones that bring the take's pitch onto the line, wherever in it the speeds put each frame. */
static void
set_pitches(const SgTake *take, const float *line_hz, size_t length, SgVoiceStep *steps)
{
  double at = 0.0;
  for (size_t i = 0; i < take->speech->n_frames; i++) {
    size_t f = at < (double)length ? (size_t)at : length - 1;
    double semitones = 12.0 * log2(line_hz[f] / take->pitch_hz[i]);
    steps[i].semitones = fmin(19.0, fmax(-19.0, semitones));
    at += 1.0 / steps[i].speed;
  }
}

/* Fades the last of n samples, scales all, and adds them to the clip. */
static void
add_note(float *samples, int64_t n, int64_t at, const Pass *pass, double velocity, SgClip *clip)
{
  const float gains[2] = { pass->left, pass->right };
  double release = RELEASE_S * SG_CORPUS_RATE_HZ;
  for (int64_t i = 0; i < n && at + i < clip->n; i++) {
    double gain = velocity / 100.0 * fmin(1.0, (double)(n - i) / release);
    for (int c = 0; c < 2 && at + i >= 0; c++)
      clip->channels[c][at + i] += (float)gain * gains[c] * samples[i];
  }
}

static SgStatus
sing_note(const Pass *pass, const SgTake *take, const float *line_hz, size_t length, const SgMidiNote *note,
          SgClip *clip, SgError *error)
{
  size_t n_frames = take->speech->n_frames, n_out = length * SG_VOCODER_HOP;
  SgVoiceStep *steps = SG_NEW(SgVoiceStep, n_frames);
  float *out = SG_NEW(float, n_out);
  SgStatus status = SG_OK;
  if (steps == NULL || out == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  } else {
    set_speeds(take, (double)length, steps);
    set_pitches(take, line_hz, length, steps);
    size_t n = sg_voice_stretch(SG_CORPUS_RATE_HZ, take->samples, steps, n_frames, out, n_out);
    if (n == 0)
      status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    add_note(out, (int64_t)n, llround(note->start_s * SG_CORPUS_RATE_HZ), pass, note->velocity, clip);
  }
  sg_free(steps);
  sg_free(out);
  return status;
}

/* Frames from note i until the next one begins, at most its own length and a release. */
static size_t
note_frames(const SgMidiNote *notes, size_t n_notes, size_t i)
{
  double length_s = fmin(notes[i].duration_s + RELEASE_S, MAX_NOTE_S);
  if (i + 1 < n_notes)
    length_s = fmin(length_s, notes[i + 1].start_s - notes[i].start_s + RELEASE_S);
  return length_s > 0.0 ? (size_t)(length_s * FRAMES_PER_S) : 0;
}

static const SgTake *
voiced_take(const SgSpeaker *speaker, SgRandom *random)
{
  for (int trial = 0; trial < 200; trial++) {
    const SgTake *take = speaker->takes[sg_random_below(random, speaker->n)];
    if (take->middle_hz > 0.0)
      return take;
  }
  return NULL;
}

static SgStatus
sing_pass(Pass pass, const SgMidiNote *notes, size_t n_notes, SgRandom *random, SgClip *clip, SgError *error)
{
  float *line_hz = SG_NEW(float, (size_t)(MAX_NOTE_S * FRAMES_PER_S) + 1);
  SgStatus status = line_hz != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  double last_hz = 0.0, glide_s = sg_random_between(random, 0.015, 0.05);
  for (size_t i = 0; i < n_notes && status == SG_OK; i++) {
    size_t length = note_frames(notes, n_notes, i);
    const SgTake *take = voiced_take(pass.speaker, &pass.words);
    if (take == NULL)
      status = sg_error_set(error, SG_NO_SAMPLES, NULL, NULL);
    if (sg_clip_is_stopped(clip))
      status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
    if (status != SG_OK || length < 6)
      continue;
    sg_pitch_line_note(&pass.style, notes[i].key, random, line_hz, length);
    bool tied = i > 0 && notes[i].start_s - notes[i - 1].start_s - notes[i - 1].duration_s < 0.1;
    if (tied && last_hz > 0.0)
      line_hz[0] = (float)last_hz; /* the glide begins at the note before */
    sg_pitch_line_smooth(line_hz, length, glide_s);
    last_hz = line_hz[length - 1];
    status = sing_note(&pass, take, line_hz, length, &notes[i], clip, error);
  }
  sg_free(line_hz);
  return status;
}

/* Whole octaves that bring the melody's mean near where this voice sings, some semitones over its speech. */
static double
octaves_for(const SgSpeaker *speaker, const SgMidiNote *notes, size_t n_notes, SgRandom *random)
{
  double mean = 0.0, comfortable = 69.0 + 12.0 * log2(fmax(speaker->middle_hz, 80.0) / 440.0);
  for (size_t i = 0; i < n_notes; i++)
    mean += (double)notes[i].key / (double)n_notes;
  return 12.0 * round((comfortable + sg_random_between(random, 0.0, 9.0) - mean) / 12.0);
}

/* Adds the voice again, somewhat late and a little off: read with a delay that wanders. */
static void
add_double(const SgClip *voice, SgRandom *random, float left, float right, SgClip *clip)
{
  double middle = sg_random_between(random, 0.012, 0.03) * SG_CORPUS_RATE_HZ,
         swing = sg_random_between(random, 0.2, 0.6) * middle;
  double rates_hz[2] = { sg_random_between(random, 0.3, 0.8), sg_random_between(random, 0.9, 1.7) },
         phase = sg_random_between(random, 0.0, 6.0);
  for (int64_t i = 0; i < clip->n; i++) {
    double t = 2.0 * M_PI * (double)i / SG_CORPUS_RATE_HZ;
    double place =
        (double)i - middle - swing * (0.7 * sin(rates_hz[0] * t + phase) + 0.3 * sin(rates_hz[1] * t));
    int64_t k = (int64_t)place;
    if (place < 0.0 || k + 1 >= voice->n)
      continue;
    float t_next = (float)(place - (double)k);
    float sample = voice->channels[0][k] + t_next * (voice->channels[0][k + 1] - voice->channels[0][k]);
    clip->channels[0][i] += left * sample;
    clip->channels[1][i] += right * sample;
  }
}

/* A second voice that says the same in another key, or doubles on either side. */
static SgStatus
accompany(const Pass *first, const SgMidiNote *notes, size_t n_notes, const SgClip *voice, SgRandom *random,
          SgClip *clip, SgError *error)
{
  static const double seconds[] = { 4.0, 7.0, -12.0, 12.0 };
  double draw = sg_random_unit(random);
  float near = (float)sg_random_between(random, 0.4, 0.7), far = 0.8f - near;
  if (draw < 0.12) {
    Pass second = *first;
    second.style.transpose_semitones += seconds[sg_random_below(random, 4)];
    second.left = (float)sg_random_between(random, 0.1, 0.7);
    second.right = (float)sg_random_between(random, 0.1, 0.7);
    return sing_pass(second, notes, n_notes, random, clip, error);
  }
  if (draw < 0.40)
    add_double(voice, random, near, far, clip);
  if (draw < 0.30)
    add_double(voice, random, far, near, clip);
  return SG_OK;
}

SgStatus
sg_speaker_sing(const SgSpeaker *speaker, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
                SgClip *clip, SgError *error)
{
  Pass pass = { .speaker = speaker,
                .style = sg_singing_style_draw(random),
                .words = sg_random_seeded(sg_random_bits(random)),
                .left = 1.0f,
                .right = 1.0f };
  pass.style.transpose_semitones = octaves_for(speaker, notes, n_notes, random);
  pass.style.vibrato_semitones *= 0.8;
  SgClip *voice = sg_clip_new(clip->n);
  if (voice == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  voice->stop = clip->stop;
  SgStatus status = sing_pass(pass, notes, n_notes, random, voice, error);
  sg_clip_add(clip, 0, voice, 1.0f, 1.0f);
  if (status == SG_OK)
    status = accompany(&pass, notes, n_notes, voice, random, clip, error);
  sg_clip_free(voice);
  return status;
}

/* One word, as it was said but for a little speed. Returns how long it became, in seconds. */
static double
say(const SgTake *take, double at_s, double speed, double semitones, float gain, SgClip *clip)
{
  size_t n_frames = take->speech->n_frames;
  size_t n_out = (size_t)((double)take->n / speed);
  SgVoiceStep *steps = SG_NEW(SgVoiceStep, n_frames);
  float *out = SG_NEW(float, n_out + 1);
  const Pass pass = { .left = gain, .right = gain };
  size_t n = 0;
  if (steps != NULL && out != NULL) {
    for (size_t i = 0; i < n_frames; i++)
      steps[i] = (SgVoiceStep){ speed, semitones };
    n = sg_voice_stretch(SG_CORPUS_RATE_HZ, take->samples, steps, n_frames, out, n_out);
    add_note(out, (int64_t)n, llround(at_s * SG_CORPUS_RATE_HZ), &pass, 100.0, clip);
  }
  sg_free(steps);
  sg_free(out);
  return (double)n / SG_CORPUS_RATE_HZ;
}

static bool
is_sung(const SgMidiNote *notes, size_t n_notes, double at_s)
{
  for (size_t i = 0; i < n_notes; i++)
    if (at_s >= notes[i].start_s - 0.05 && at_s < notes[i].start_s + notes[i].duration_s)
      return true;
  return false;
}

SgStatus
sg_speaker_rap(const SgSpeaker *speaker, const SgMidiNote *notes, size_t n_notes, double beats_per_minute,
               SgRandom *random, SgClip *clip, SgError *error)
{
  double step_s = 60.0 / beats_per_minute / 4.0, end_s = 0.0;
  double semitones = sg_random_between(random, -2.0, 2.0), hurry = sg_random_between(random, 1.0, 1.5);
  for (size_t i = 0; i < n_notes; i++)
    end_s = fmax(end_s, notes[i].start_s + notes[i].duration_s);
  double at_s = n_notes > 0 ? step_s * round(notes[0].start_s / step_s) : end_s;
  while (at_s < end_s) {
    if (sg_clip_is_stopped(clip))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    if (!is_sung(notes, n_notes, at_s)) {
      at_s += step_s;
      continue;
    }
    const SgTake *take = speaker->takes[sg_random_below(random, speaker->n)];
    double wanted_s = step_s * fmax(1.0, round((double)take->n / SG_CORPUS_RATE_HZ / hurry / step_s));
    double speed = fmin(1.8, fmax(0.8, (double)take->n / SG_CORPUS_RATE_HZ / wanted_s));
    double said_s = say(take, at_s, speed, semitones, (float)sg_random_between(random, 0.6, 1.0), clip);
    if (said_s <= 0.0)
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    /* Words follow each other closely: their tails overlap the next one's start by a little. */
    at_s += step_s * fmax(1.0, ceil((0.85 * said_s) / step_s - 0.3));
  }
  return SG_OK;
}
