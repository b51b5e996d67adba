#include "core/corpus/vocals.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/corpus/speaker.h"

static const double REST_S = 0.45, COMMON_LEVEL = 0.1;

static const double DULL_DB = -34.0;

enum { N_TRIED = 5, MAX_TRIALS = 16 };

/* How a phrase is performed. */
typedef enum {
  MANNER_SUNG,        /* a recording bent onto the notes */
  MANNER_SPOKEN,      /* words on the beat */
  MANNER_VOCODED,     /* a recording's envelopes sung by the vocoder */
  MANNER_SYNTHESISED, /* a speech synthesiser's, likewise */
  N_MANNERS
} Manner;

static const char *const manner_names[N_MANNERS] = { "sung", "spoken", "vocoded", "synthesised" };

static Manner
draw_manner(const SgCast *cast, SgRandom *random)
{
  double draw = sg_random_unit(random);
  if (cast->recordings == NULL || (cast->voices != NULL && draw < 0.15))
    return MANNER_SYNTHESISED;
  return draw < 0.30 ? MANNER_VOCODED : draw < 0.50 ? MANNER_SPOKEN : MANNER_SUNG;
}

/* Deals phrases, which rests part, out to manners: most to the song's own. */
static bool
deal(const SgCast *cast, const SgNotes *notes, SgRandom *random, SgNotes out_parts[N_MANNERS])
{
  Manner usual = draw_manner(cast, random), manner = usual;
  double last_end_s = -1e9;
  for (size_t i = 0; i < notes->n; i++) {
    const SgMidiNote *note = &notes->items[i];
    if (note->start_s - last_end_s > REST_S)
      manner = sg_random_unit(random) < 0.8 ? usual : draw_manner(cast, random);
    last_end_s = note->start_s + note->duration_s;
    if (!sg_notes_add(&out_parts[manner], *note))
      return false;
  }
  return true;
}

static SgStatus
vocode(const SgSpeaker *speaker, const SgNotes *notes, SgRandom *random, SgClip *clip, SgError *error)
{
  const SgSpeech *speeches[SG_SPEAKER_MAX_TAKES];
  for (size_t i = 0; i < speaker->n; i++)
    speeches[i] = speaker->takes[i]->speech;
  return sg_speeches_sing(speeches, speaker->n, notes->items, notes->n, random, clip, error);
}

/* Whether a few takes are voiced and not dull. */
static SgStatus
try_out(const SgRecordings *recordings, size_t speaker, bool dull_will_do, SgRandom *random, SgError *error)
{
  SgSpeaker few;
  SgStatus status = sg_recordings_open(recordings, speaker, N_TRIED, random, &few, error);
  if (status != SG_OK)
    return status;
  bool fine = few.n >= N_TRIED / 2 && few.middle_hz > 0.0 && (dull_will_do || few.treble_db > DULL_DB);
  sg_speaker_clear(&few);
  return fine ? SG_OK : sg_error_set(error, SG_NOT_FOUND, sg_recordings_speaker(recordings, speaker), NULL);
}

/* A recorded speaker with voiced takes, not recorded dully if that can be had; SG_NOT_FOUND after some
 * trials. */
static SgStatus
find_speaker(const SgRecordings *recordings, SgRandom *random, SgSpeaker *out_speaker, const char **out_name,
             SgError *error)
{
  SgStatus status = SG_NOT_FOUND;
  for (int trial = 0; trial < MAX_TRIALS && status == SG_NOT_FOUND; trial++) {
    size_t speaker = sg_random_below(random, sg_recordings_n_speakers(recordings));
    status = try_out(recordings, speaker, trial >= MAX_TRIALS / 2, random, error);
    if (status == SG_OK)
      status = sg_recordings_open(recordings, speaker, SG_SPEAKER_MAX_TAKES, random, out_speaker, error);
    *out_name = sg_recordings_speaker(recordings, speaker);
    if (status == SG_OK && out_speaker->middle_hz <= 0.0) {
      sg_speaker_clear(out_speaker);
      status = sg_error_set(error, SG_NOT_FOUND, *out_name, NULL);
    }
  }
  return status;
}

/* Who performs one part after the other: mostly the same speaker. */
typedef struct {
  const SgCast *cast;
  SgSpeaker speaker;
  const char *name;
} Stage;

static SgStatus
perform(Stage *stage, Manner manner, const SgNotes *notes, double beats_per_minute, SgRandom *random,
        SgClip *clip, SgError *error)
{
  SgStatus status = SG_OK;
  if (manner == MANNER_SYNTHESISED) {
    size_t voice = 0;
    status = sg_voices_sing(stage->cast->voices, notes->items, notes->n, random, clip, &voice, error);
    stage->name = sg_voices_speaker(stage->cast->voices, voice);
    return status;
  }
  if (stage->speaker.n == 0 || sg_random_unit(random) < 0.3) {
    sg_speaker_clear(&stage->speaker);
    status = find_speaker(stage->cast->recordings, random, &stage->speaker, &stage->name, error);
  }
  if (status != SG_OK)
    return status;
  if (manner == MANNER_SUNG)
    return sg_speaker_sing(&stage->speaker, notes->items, notes->n, random, clip, error);
  if (manner == MANNER_SPOKEN)
    return sg_speaker_rap(&stage->speaker, notes->items, notes->n, beats_per_minute, random, clip, error);
  return vocode(&stage->speaker, notes, random, clip, error);
}

/* One part by itself, brought to the level that all have. */
static SgStatus
add_part(Stage *stage, Manner manner, const SgNotes *notes, double beats_per_minute, SgRandom *random,
         SgClip *clip, SgError *error)
{
  SgClip *part = sg_clip_new(clip->n);
  if (part == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  part->stop = clip->stop;
  SgStatus status = perform(stage, manner, notes, beats_per_minute, random, part, error);
  float level = sg_clip_level(part);
  if (status == SG_OK && level > 0.0f)
    sg_clip_add(clip, 0, part, (float)COMMON_LEVEL / level, (float)COMMON_LEVEL / level);
  sg_clip_free(part);
  return status;
}

SgStatus
sg_vocals_render(const SgCast *cast, const SgNotes *notes, double beats_per_minute, SgRandom *random,
                 SgClip *clip, char out_credit[SG_VOCALS_CREDIT_SIZE], SgError *error)
{
  SgNotes parts[N_MANNERS] = { 0 };
  Stage stage = { .cast = cast };
  out_credit[0] = '\0';
  SgStatus status = deal(cast, notes, random, parts) ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (Manner manner = 0; manner < N_MANNERS && status == SG_OK; manner++) {
    if (parts[manner].n == 0)
      continue;
    status = add_part(&stage, manner, &parts[manner], beats_per_minute, random, clip, error);
    size_t n = strlen(out_credit);
    if (status == SG_OK)
      snprintf(out_credit + n, SG_VOCALS_CREDIT_SIZE - n, "%s%s %s", n > 0 ? ", " : "", manner_names[manner],
               stage.name);
  }
  for (int manner = 0; manner < N_MANNERS; manner++)
    sg_notes_clear(&parts[manner]);
  sg_speaker_clear(&stage.speaker);
  return status;
}
