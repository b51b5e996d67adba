#include "core/corpus/singer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/corpus/child.h"
#include "core/corpus/pitch-line.h"
#include "core/corpus/vocoder.h"

static const double MAX_SENTENCE_S = 12.0;

enum { SENTENCES_A_SPEAKER = 5 };

/* Who speaks: the program and its voice. */
static const struct {
  const char *name;
  bool flite;
  const char *voice;
} speakers[] = {
  { "flite slt", true, "slt" },          { "flite awb", true, "awb" },
  { "flite rms", true, "rms" },          { "flite kal16", true, "kal16" },
  { "espeak-ng en-us", false, "en-us" }, { "espeak-ng en-gb", false, "en-gb" },
  { "espeak-ng en+f3", false, "en+f3" }, { "espeak-ng en+m3", false, "en+m3" },
  { "espeak-ng fr", false, "fr" },       { "espeak-ng de", false, "de" },
  { "espeak-ng it+f2", false, "it+f2" }, { "espeak-ng es", false, "es" },
  { "espeak-ng pt+f4", false, "pt+f4" }, { "espeak-ng sv+f1", false, "sv+f1" },
};
enum { N_SPEAKERS = sizeof speakers / sizeof *speakers };

/* Words with many vowels and every kind of consonant. */
static const char *const sentences[] = {
  "over the harbour the evening is turning to gold and blue",
  "leave me a light in the window and I will find my way",
  "you were the thunder and I was the paper boat",
  "all of these summers are folding like maps in a drawer",
  "carry me slowly through rivers of sleeping trains",
  "nobody told us the ocean would answer so loud",
  "shake off the silence and give me a reason to move",
  "how many mornings have opened without any sound",
  "we are the echo that lives at the end of the road",
  "vanishing faces are calling our names in the rain",
  "fly over mountains of feathers and shadow and snow",
  "baby the radio plays what we never could say",
};

struct SgVoices {
  struct {
    SgSpeech *sentences[SENTENCES_A_SPEAKER];
    size_t n; /* 0: this speaker is not here */
    size_t speaker;
  } voices[N_SPEAKERS];
  size_t n_voices;
};

/* One sentence by one speaker; *out_speech stays NULL when the program or voice is not here. */
static SgStatus
speak(size_t speaker, const char *sentence, const char *work_folder, SgSpeech **out_speech, SgError *error)
{
  char path[SG_ERROR_PATH_SIZE];
  snprintf(path, sizeof path, "%s/.spoken-%ld.wav", work_folder, (long)getpid());
  char *voice = (char *)speakers[speaker].voice, *text = (char *)sentence;
  char *flite[] = { (char *)"flite", (char *)"-voice", voice, (char *)"-t", text, (char *)"-o", path, NULL };
  char *espeak[] = { (char *)"espeak-ng", (char *)"-v", voice, (char *)"-s", (char *)"130",
                     (char *)"-w",        path,         text,  NULL };
  SgClip *clip = NULL;
  *out_speech = NULL;
  bool spoken = sg_child_run(speakers[speaker].flite ? flite : espeak);
  SgStatus status = spoken ? sg_clip_load(path, MAX_SENTENCE_S, &clip, error) : SG_OK;
  unlink(path);
  if (spoken && status == SG_OK)
    status = sg_speech_analyse(clip, out_speech, error);
  sg_clip_free(clip);
  return status == SG_NO_MEMORY ? status : SG_OK;
}

SgStatus
sg_voices_new(const char *work_folder, SgProgress progress, void *user, SgVoices **out_voices, SgError *error)
{
  SgVoices *voices = SG_NEW(SgVoices, 1);
  SgStatus status = voices != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  *out_voices = NULL;
  for (size_t s = 0; s < N_SPEAKERS && status == SG_OK; s++) {
    size_t v = voices->n_voices;
    voices->voices[v].speaker = s;
    for (size_t i = 0; i < SENTENCES_A_SPEAKER && status == SG_OK; i++) {
      const char *sentence = sentences[(3 * s + i) % (sizeof sentences / sizeof *sentences)];
      SgSpeech *speech = NULL;
      status = speak(s, sentence, work_folder, &speech, error);
      if (speech != NULL)
        voices->voices[v].sentences[voices->voices[v].n++] = speech;
      if (progress != NULL &&
          !progress((double)(s * SENTENCES_A_SPEAKER + i) / (N_SPEAKERS * SENTENCES_A_SPEAKER), "voices",
                    user))
        status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
    }
    voices->n_voices += voices->voices[v].n > 0;
  }
  if (status == SG_OK && voices->n_voices == 0)
    status = sg_error_set(error, SG_NOT_FOUND, NULL, "flite or espeak-ng");
  if (status != SG_OK) {
    sg_voices_free(voices);
    return status;
  }
  *out_voices = voices;
  return SG_OK;
}

void
sg_voices_free(SgVoices *voices)
{
  if (voices == NULL)
    return;
  for (size_t v = 0; v < N_SPEAKERS; v++)
    for (size_t i = 0; i < voices->voices[v].n; i++)
      sg_speech_free(voices->voices[v].sentences[i]);
  sg_free(voices);
}

size_t
sg_voices_n_speakers(const SgVoices *voices)
{
  return voices->n_voices;
}

const char *
sg_voices_speaker(const SgVoices *voices, size_t speaker)
{
  return speakers[voices->voices[speaker].speaker].name;
}

/* Whose syllables: all of one speaker. */
typedef struct {
  const SgSpeech *const *speeches; /* [n] */
  size_t n;
} Text;

/* The frames of a song in the making. */
typedef struct {
  SgVoiceFrame *frames;
  float *f0_hz;
  size_t n_frames;
} Line;

/* Lays frames first … first+n−1 of the speech over out[length]: voiced, loud frames are stretched most, as
 * singers hold vowels and not consonants. */
static void
stretch(const SgSpeech *speech, size_t first, size_t n, SgVoiceFrame *out, size_t length)
{
  double total = 0.0, passed = 0.0;
  for (size_t i = 0; i < n; i++) {
    double vowel = speech->frames[first + i].voicing * fmin(1.0, 10.0 * speech->frames[first + i].level);
    total += 0.15 + 3.0 * vowel * vowel;
  }
  for (size_t i = 0, at = 0; i < n; i++) {
    double vowel = speech->frames[first + i].voicing * fmin(1.0, 10.0 * speech->frames[first + i].level);
    double weight = 0.15 + 3.0 * vowel * vowel;
    const SgVoiceFrame *here = &speech->frames[first + i];
    const SgVoiceFrame *next = &speech->frames[i + 1 < n ? first + i + 1 : first + i];
    for (; at < length && (double)at < (passed + weight) / total * (double)length; at++) {
      float t = (float)(((double)at / (double)length * total - passed) / weight);
      for (int b = 0; b < SG_VOCODER_BANDS; b++)
        out[at].envelope[b] = here->envelope[b] + t * (next->envelope[b] - here->envelope[b]);
      out[at].voicing = here->voicing + t * (next->voicing - here->voicing);
    }
    passed += weight;
  }
}

static const SgSpeech *
next_speech(const Text *text, SgRandom *random)
{
  return text->speeches[sg_random_below(random, text->n)];
}

/* A syllable's worth of what was said to each note, one after the other. */
static void
fill_line(const Text *text, const SgSingingStyle *style, const SgMidiNote *notes, size_t n_notes,
          SgRandom *random, Line *line)
{
  const double frames_per_s = (double)SG_CORPUS_RATE_HZ / SG_VOCODER_HOP;
  const SgSpeech *speech = next_speech(text, random);
  size_t place = 0;
  for (size_t i = 0; i < n_notes; i++) {
    size_t start = (size_t)(notes[i].start_s * frames_per_s);
    double end_s = notes[i].start_s + notes[i].duration_s;
    size_t end = (size_t)((i + 1 < n_notes ? fmin(end_s, notes[i + 1].start_s) : end_s) * frames_per_s);
    end = end < line->n_frames ? end : line->n_frames;
    if (end < start + 3)
      continue;
    size_t n_taken = 12 + sg_random_below(random, 13);
    if (place + n_taken > speech->n_frames) {
      speech = next_speech(text, random);
      place = 0;
      n_taken = n_taken < speech->n_frames ? n_taken : speech->n_frames;
    }
    stretch(speech, place, n_taken, line->frames + start, end - start);
    sg_pitch_line_note(style, notes[i].key, random, line->f0_hz + start, end - start);
    place += n_taken;
    float loudness = (float)(log(notes[i].velocity / 100.0));
    for (size_t f = start; f < end; f++)
      for (int b = 0; b < SG_VOCODER_BANDS; b++) /* the last frames fade */
        line->frames[f].envelope[b] += loudness - (end - f < 5 ? 0.6f * (float)(5 - (end - f)) : 0.0f);
    for (size_t f = end; f < line->n_frames; f++)
      line->f0_hz[f] = line->f0_hz[end - 1];
  }
}

static void
clear_line(Line *line)
{
  for (size_t f = 0; f < line->n_frames; f++) {
    for (int b = 0; b < SG_VOCODER_BANDS; b++)
      line->frames[f].envelope[b] = -20.0f; /* silence */
    line->frames[f].voicing = 0.0f;
    line->f0_hz[f] = 200.0f;
  }
}

static SgStatus
sing_line(const Text *text, SgSingingStyle style, SgVoiceManner manner, const SgMidiNote *notes,
          size_t n_notes, SgRandom *random, Line *line, float left, float right, SgClip *clip, SgError *error)
{
  clear_line(line);
  fill_line(text, &style, notes, n_notes, random, line);
  sg_pitch_line_smooth(line->f0_hz, line->n_frames, sg_random_between(random, 0.015, 0.05));
  return sg_vocoder_speak(line->frames, line->f0_hz, line->n_frames, manner, left, right, random, clip,
                          error);
}

SgStatus
sg_speeches_sing(const SgSpeech *const *speeches, size_t n_speeches, const SgMidiNote *notes, size_t n_notes,
                 SgRandom *random, SgClip *clip, SgError *error)
{
  static const double transpositions[] = { -12.0, -7.0, -5.0, 0.0, 0.0, 3.0, 5.0 };
  static const double second_voices[] = { 0.0, 0.08, 4.0, 7.0, -12.0, 12.0 };
  const Text text = { speeches, n_speeches };
  size_t n_frames = (size_t)(clip->n / SG_VOCODER_HOP);
  Line line = { SG_NEW(SgVoiceFrame, n_frames), SG_NEW(float, n_frames), n_frames };
  SgSingingStyle style = sg_singing_style_draw(random);
  SgVoiceManner manner = { .breath = sg_random_between(random, 0.02, 0.15),
                           .stretch = exp2(sg_random_between(random, -0.25, 0.25)) };
  style.transpose_semitones = transpositions[sg_random_below(random, 7)];
  SgStatus status = SG_OK;
  if (line.frames == NULL || line.f0_hz == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    status = sing_line(&text, style, manner, notes, n_notes, random, &line, 1.0f, 1.0f, clip, error);
  if (status == SG_OK && sg_random_unit(random) < 0.3) {
    style.transpose_semitones += second_voices[sg_random_below(random, 6)];
    manner.stretch *= sg_random_between(random, 0.96, 1.04);
    float left = (float)sg_random_between(random, 0.1, 0.6),
          right = (float)sg_random_between(random, 0.1, 0.6);
    status = sing_line(&text, style, manner, notes, n_notes, random, &line, left, right, clip, error);
  }
  sg_free(line.frames);
  sg_free(line.f0_hz);
  return status;
}

SgStatus
sg_voices_sing(const SgVoices *voices, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
               SgClip *clip, size_t *out_speaker, SgError *error)
{
  size_t voice = sg_random_below(random, voices->n_voices);
  *out_speaker = voice;
  return sg_speeches_sing((const SgSpeech *const *)voices->voices[voice].sentences, voices->voices[voice].n,
                          notes, n_notes, random, clip, error);
}
