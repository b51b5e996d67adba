#include "core/corpus/song.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/corpus/drummer.h"
#include "core/corpus/effects.h"
#include "core/corpus/guitar.h"
#include "core/corpus/struck.h"
#include "core/corpus/sweeps.h"
#include "core/corpus/synth.h"

static const double TAIL_S = 2.0, PEAK = 0.95, COMMON_LEVEL = 0.1;

struct SgFontBank {
  const SgInstruments *instruments;
  SgFont *fonts[2 * SG_MAX_FONTS]; /* those of font_paths, then those of drum_font_paths */
};

/* A song while it is made. */
typedef struct {
  const SgArrangement *arrangement;
  const SgInstruments *instruments;
  SgFontBank *bank;
  SgRandom *random;
  SgSong *song;
  SgError *error;
} Studio;

SgFontBank *
sg_font_bank_new(const SgInstruments *instruments)
{
  SgFontBank *bank = SG_NEW(SgFontBank, 1);
  if (bank != NULL)
    bank->instruments = instruments;
  return bank;
}

void
sg_font_bank_free(SgFontBank *bank)
{
  if (bank == NULL)
    return;
  for (int i = 0; i < 2 * SG_MAX_FONTS; i++)
    sg_font_free(bank->fonts[i]);
  sg_free(bank);
}

SgStatus
sg_font_bank_get(SgFontBank *bank, size_t index, SgFont **out_font, const char **out_name, SgError *error)
{
  const SgInstruments *have = bank->instruments;
  const char *path =
      index < have->n_fonts ? have->font_paths[index] : have->drum_font_paths[index - have->n_fonts];
  SgStatus status = bank->fonts[index] != NULL ? SG_OK : sg_font_open(path, &bank->fonts[index], error);
  const char *slash = strrchr(path, '/');
  *out_name = slash != NULL ? slash + 1 : path;
  *out_font = bank->fonts[index];
  return status;
}

static bool
chance(SgRandom *random, double probability)
{
  return sg_random_unit(random) < probability;
}

static void
credit(Studio *studio, SgRole role, const char *text)
{
  char *credits = studio->song->credits[role];
  size_t n = strlen(credits);
  snprintf(credits + n, SG_CREDIT_SIZE - n, "%s%s", n > 0 ? "; " : "", text);
}

static SgStatus
play_font(Studio *studio, SgRole role, size_t font_index, const SgFontChannel channels[16],
          const SgNotes *notes)
{
  SgFont *font = NULL;
  const char *name = NULL;
  SgStatus status = sg_font_bank_get(studio->bank, font_index, &font, &name, studio->error);
  if (status == SG_OK)
    status = sg_font_render(font, channels, notes->items, notes->n, studio->song->stems[role], studio->error);
  credit(studio, role, name);
  return status;
}

static SgStatus
play_drums(Studio *studio)
{
  const SgInstruments *have = studio->instruments;
  const SgNotes *notes = &studio->arrangement->parts[SG_ROLE_DRUMS];
  SgRandom *random = studio->random;
  bool electronic = studio->arrangement->electronic;
  bool on_kit = electronic ? have->n_electronic_kits > 0 : have->n_acoustic_kits > 0 && chance(random, 0.55);
  if (on_kit || have->n_fonts == 0) {
    const SgKit *const *kits = electronic ? have->electronic_kits : have->acoustic_kits;
    SgDrumSetup setup =
        sg_drum_setup_draw(kits, electronic ? have->n_electronic_kits : have->n_acoustic_kits, random);
    sg_drum_setup_render(&setup, notes->items, notes->n, random, studio->song->stems[SG_ROLE_DRUMS]);
    credit(studio, SG_ROLE_DRUMS, electronic ? "electronic kits" : "sampled kits");
    return SG_OK;
  }
  static const uint8_t kits[] = { 0, 0, 0, 8, 16, 24, 25, 25, 32, 40 };
  SgFontChannel channels[16] = { 0 };
  channels[SG_MIDI_PERCUSSION_CHANNEL] =
      (SgFontChannel){ .program = kits[sg_random_below(random, sizeof kits)], .gain = 0.8f, .reverb = 0.1f };
  return play_font(studio, SG_ROLE_DRUMS, sg_random_below(random, have->n_fonts + have->n_drum_fonts),
                   channels, notes);
}

static SgStatus
play_bass(Studio *studio)
{
  const SgInstruments *have = studio->instruments;
  const SgNotes *notes = &studio->arrangement->parts[SG_ROLE_BASS];
  SgRandom *random = studio->random;
  if (have->n_fonts == 0 || chance(random, studio->arrangement->electronic ? 0.9 : 0.25)) {
    SgPatch patch = sg_patch_draw(SG_PATCH_BASS, random);
    credit(studio, SG_ROLE_BASS, "synthesiser");
    return sg_patch_render(&patch, notes->items, notes->n, random, studio->song->stems[SG_ROLE_BASS],
                           studio->error);
  }
  static const uint8_t programs[] = { 32, 33, 33, 33, 34, 34, 35, 36, 37, 38, 38, 39, 39 };
  SgFontChannel channels[16] = { 0 };
  channels[0] =
      (SgFontChannel){ .program = programs[sg_random_below(random, sizeof programs)], .gain = 0.8f };
  for (size_t i = 0; i < notes->n; i++)
    notes->items[i].channel = 0;
  return play_font(studio, SG_ROLE_BASS, sg_random_below(random, have->n_fonts), channels, notes);
}

/* Programs that accompany: neither basses, nor sung choirs, nor sound effects. */
static uint8_t
draw_program(SgRandom *random)
{
  static const uint8_t programs[] = { 0,  1,  2,  4,  5,  6,  7,  11, 12, 16, 17, 18, 19, 21, 22, 24, 25,
                                      26, 27, 28, 29, 30, 40, 41, 42, 44, 45, 46, 48, 49, 50, 51, 56, 57,
                                      59, 60, 61, 62, 63, 64, 65, 66, 68, 71, 73, 80, 81, 82, 84, 87, 88,
                                      89, 90, 91, 92, 93, 94, 95, 24, 25, 27, 29, 30, 30, 29, 0,  0,  4 };
  return programs[sg_random_below(random, sizeof programs)];
}

static bool
accompanies(uint8_t program)
{
  return program < 96 && (program < 32 || program > 39) && (program < 52 || program > 54) && program != 85;
}

/* The notes of one lane. */
static bool
take_lane(const SgNotes *notes, unsigned lane, SgNotes *out_lane)
{
  for (size_t i = 0; i < notes->n; i++)
    if (notes->items[i].track == lane && !sg_notes_add(out_lane, notes->items[i]))
      return false;
  return true;
}

/* Three of four by a synthesiser, one by something that is struck. */
static SgStatus
play_electronic_lane(Studio *studio, unsigned lane)
{
  static const SgPatchRole roles[] = { SG_PATCH_LEAD, SG_PATCH_PAD, SG_PATCH_KEYS, SG_PATCH_KEYS };
  SgRandom *random = studio->random;
  SgClip *stem = studio->song->stems[SG_ROLE_OTHER];
  SgNotes notes = { 0 };
  SgStatus status;
  if (!take_lane(&studio->arrangement->parts[SG_ROLE_OTHER], lane, &notes)) {
    status = sg_error_set(studio->error, SG_NO_MEMORY, NULL, NULL);
  } else if (chance(random, 0.25)) {
    SgStruck struck = sg_struck_draw(random);
    credit(studio, SG_ROLE_OTHER, struck.name);
    status = sg_struck_render(&struck, notes.items, notes.n, random, stem, studio->error);
  } else {
    SgPatch patch = sg_patch_draw(roles[sg_random_below(random, 4)], random);
    credit(studio, SG_ROLE_OTHER, "synthesiser");
    status = sg_patch_render(&patch, notes.items, notes.n, random, stem, studio->error);
  }
  sg_notes_clear(&notes);
  return status;
}

/* An electric guitar over what is there, half of the time on a font's strings. */
static SgStatus
add_guitar(Studio *studio)
{
  const SgInstruments *have = studio->instruments;
  SgFont *font = NULL;
  const char *name = NULL;
  bool played = false;
  SgStatus status = SG_OK;
  if (have->n_fonts > 0 && chance(studio->random, 0.5))
    status = sg_font_bank_get(studio->bank, sg_random_below(studio->random, have->n_fonts), &font, &name,
                              studio->error);
  if (status == SG_OK)
    status = sg_guitar_play(studio->arrangement, font, studio->random, studio->song->stems[SG_ROLE_OTHER],
                            &played, studio->error);
  if (played)
    credit(studio, SG_ROLE_OTHER, font != NULL ? "amplified font guitar" : "amplified strings");
  return status;
}

/* What lanes do not have. */
static SgStatus
play_extras(Studio *studio)
{
  bool electronic = studio->arrangement->electronic;
  SgStatus status = SG_OK;
  if (chance(studio->random, electronic ? 0.2 : 0.4))
    status = add_guitar(studio);
  if (status != SG_OK || !chance(studio->random, electronic ? 0.4 : 0.1))
    return status;
  credit(studio, SG_ROLE_OTHER, "sweeps");
  float level =
      sg_clip_level(studio->song->stems[SG_ROLE_OTHER]) * (float)sg_random_between(studio->random, 0.3, 1.2);
  return sg_sweeps_add(studio->arrangement->beats_per_minute, level, studio->random,
                       studio->song->stems[SG_ROLE_OTHER], studio->error);
}

/* Lanes by synthesisers one at a time, all others together by one font. */
static SgStatus
play_other(Studio *studio)
{
  const SgInstruments *have = studio->instruments;
  const SgArrangement *arrangement = studio->arrangement;
  SgRandom *random = studio->random;
  SgFontChannel channels[16] = { 0 };
  SgNotes played = { 0 };
  SgStatus status = SG_OK;
  for (unsigned lane = 0; lane < arrangement->n_lanes && status == SG_OK; lane++) {
    if (have->n_fonts == 0 || chance(random, arrangement->electronic ? 0.75 : 0.15)) {
      status = play_electronic_lane(studio, lane);
      continue;
    }
    uint8_t wanted = arrangement->lane_programs[lane];
    channels[lane] =
        (SgFontChannel){ .program =
                             accompanies(wanted) && chance(random, arrangement->is_composed ? 0.85 : 0.45)
                                 ? wanted
                                 : draw_program(random),
                         .pan = (float)sg_random_between(random, -0.8, 0.8),
                         .gain = (float)sg_random_between(random, 0.55, 0.9),
                         .reverb = (float)sg_random_between(random, 0.05, 0.6),
                         .chorus = chance(random, 0.2) ? 0.4f : 0.0f };
    size_t first = played.n;
    if (!take_lane(&arrangement->parts[SG_ROLE_OTHER], lane, &played))
      status = sg_error_set(studio->error, SG_NO_MEMORY, NULL, NULL);
    for (size_t i = first; i < played.n; i++)
      played.items[i].channel =
          (uint8_t)lane; /* SG_ARRANGEMENT_MAX_LANES keeps clear of the percussion channel */
  }
  if (status == SG_OK && played.n > 0) {
    sg_notes_sort(&played);
    status = play_font(studio, SG_ROLE_OTHER, sg_random_below(random, have->n_fonts), channels, &played);
  }
  sg_notes_clear(&played);
  return status == SG_OK ? play_extras(studio) : status;
}

static SgStatus
play_vocals(Studio *studio)
{
  char text[SG_VOCALS_CREDIT_SIZE];
  SgStatus status = sg_vocals_render(&studio->instruments->cast, &studio->arrangement->parts[SG_ROLE_VOCALS],
                                     studio->arrangement->beats_per_minute, studio->random,
                                     studio->song->stems[SG_ROLE_VOCALS], text, studio->error);
  if (status == SG_OK)
    credit(studio, SG_ROLE_VOCALS, text);
  return status;
}

static SgStatus
play(Studio *studio, SgRole role)
{
  switch (role) {
  case SG_ROLE_DRUMS:
    return play_drums(studio);
  case SG_ROLE_BASS:
    return play_bass(studio);
  case SG_ROLE_OTHER:
    return play_other(studio);
  default:
    return play_vocals(studio);
  }
}

static SgStatus
duck_under_kick(Studio *studio)
{
  const SgNotes *drums = &studio->arrangement->parts[SG_ROLE_DRUMS];
  double *kicks_s = SG_NEW(double, drums->n + 1);
  size_t n = 0;
  if (kicks_s == NULL)
    return sg_error_set(studio->error, SG_NO_MEMORY, NULL, NULL);
  for (size_t i = 0; i < drums->n; i++)
    if (sg_drum_from_key(drums->items[i].key) == SG_DRUM_KICK)
      kicks_s[n++] = drums->items[i].start_s;
  double depth = sg_random_between(studio->random, 0.3, 0.9),
         recovery_s = sg_random_between(studio->random, 0.06, 0.2);
  for (SgRole role = SG_ROLE_BASS; role <= SG_ROLE_OTHER; role++)
    if (studio->song->stems[role] != NULL)
      sg_duck(studio->song->stems[role], kicks_s, n, depth, recovery_s);
  sg_free(kicks_s);
  return SG_OK;
}

/* Brings the stems to drawn levels around each other, then all by one gain under full scale. */
static void
balance(Studio *studio)
{
  SgSong *song = studio->song;
  float peak = 0.0f;
  int64_t n = 0;
  for (int role = 0; role < SG_N_ROLES; role++) {
    SgClip *stem = song->stems[role];
    float level = stem != NULL ? sg_clip_level(stem) : 0.0f;
    if (level <= 0.0f)
      continue;
    n = stem->n;
    double loudest_db = role == SG_ROLE_DRUMS || role == SG_ROLE_VOCALS ? 7.0 : 4.0;
    sg_clip_scale(stem,
                  (float)(COMMON_LEVEL *
                          pow(10.0, sg_random_between(studio->random, -4.0, loudest_db) / 20.0) / level));
    peak = fmaxf(peak, sg_clip_peak(stem));
  }
  for (int c = 0; c < 2; c++)
    for (int64_t i = 0; i < n; i++) {
      float sum = 0.0f;
      for (int role = 0; role < SG_N_ROLES; role++)
        sum += song->stems[role] != NULL ? song->stems[role]->channels[c][i] : 0.0f;
      peak = fmaxf(peak, fabsf(sum));
    }
  for (int role = 0; role < SG_N_ROLES && peak > 0.0f; role++)
    if (song->stems[role] != NULL)
      sg_clip_scale(song->stems[role], (float)PEAK / peak);
}

static bool
nobody_sings(const SgInstruments *instruments)
{
  return instruments->cast.voices == NULL && instruments->cast.recordings == NULL;
}

SgStatus
sg_song_render(const SgArrangement *arrangement, const SgInstruments *instruments, SgFontBank *bank,
               SgRandom *random, const atomic_bool *stop, SgSong *out_song, SgError *error)
{
  Studio studio = { arrangement, instruments, bank, random, out_song, error };
  int64_t n = (int64_t)((arrangement->duration_s + TAIL_S) * SG_CORPUS_RATE_HZ);
  SgStatus status = SG_OK;
  *out_song = (SgSong){ 0 };
  for (SgRole role = 0; role < SG_N_ROLES && status == SG_OK; role++) {
    if (arrangement->parts[role].n == 0 || (role == SG_ROLE_VOCALS && nobody_sings(instruments)))
      continue;
    out_song->stems[role] = sg_clip_new(n);
    SgEffects effects = sg_effects_draw(role, random);
    if (out_song->stems[role] != NULL)
      out_song->stems[role]->stop = stop;
    status =
        out_song->stems[role] == NULL ? sg_error_set(error, SG_NO_MEMORY, NULL, NULL) : play(&studio, role);
    if (status == SG_OK)
      status = sg_effects_apply(&effects, out_song->stems[role], error);
  }
  if (status == SG_OK && arrangement->electronic && chance(random, 0.5))
    status = duck_under_kick(&studio);
  if (status == SG_OK)
    balance(&studio);
  else
    sg_song_clear(out_song);
  return status;
}

void
sg_song_clear(SgSong *song)
{
  for (int role = 0; role < SG_N_ROLES; role++) {
    sg_clip_free(song->stems[role]);
    song->stems[role] = NULL;
  }
}
