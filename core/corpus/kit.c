#include "core/corpus/kit.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/corpus/hydrogen.h"

static const double MAX_HIT_S = 3.0;

/* Level 1 sound set of General MIDI, keys 35 … 59, and the three that electronic kits add for the hi-hat. */
static const struct {
  uint8_t key;
  SgDrum drum;
} keys[] = {
  { 22, SG_DRUM_HAT_CLOSED }, { 26, SG_DRUM_HAT_OPEN },   { 35, SG_DRUM_KICK },    { 36, SG_DRUM_KICK },
  { 37, SG_DRUM_RIM },        { 38, SG_DRUM_SNARE },      { 39, SG_DRUM_CLAP },    { 40, SG_DRUM_SNARE },
  { 41, SG_DRUM_TOM_LOW },    { 42, SG_DRUM_HAT_CLOSED }, { 43, SG_DRUM_TOM_LOW }, { 44, SG_DRUM_HAT_PEDAL },
  { 45, SG_DRUM_TOM_MID },    { 46, SG_DRUM_HAT_OPEN },   { 47, SG_DRUM_TOM_MID }, { 48, SG_DRUM_TOM_HIGH },
  { 49, SG_DRUM_CRASH },      { 50, SG_DRUM_TOM_HIGH },   { 51, SG_DRUM_RIDE },    { 52, SG_DRUM_CRASH },
  { 53, SG_DRUM_RIDE },       { 55, SG_DRUM_CRASH },      { 57, SG_DRUM_CRASH },   { 58, SG_DRUM_TOM_MID },
  { 59, SG_DRUM_RIDE },
};

SgDrum
sg_drum_from_key(uint8_t key)
{
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (keys[i].key == key)
      return keys[i].drum;
  return SG_DRUM_PERCUSSION;
}

/* The first line whose words are all in the name (in lower case) decides. */
static const struct {
  const char *word, *second;
  SgDrum drum;
} words[] = {
  { "rimshot", "snare", SG_DRUM_SNARE },
  { "tom", "low", SG_DRUM_TOM_LOW },
  { "tom", "_lo_", SG_DRUM_TOM_LOW },
  { "tom", "floor", SG_DRUM_TOM_LOW },
  { "tom", "high", SG_DRUM_TOM_HIGH },
  { "tom", "hi", SG_DRUM_TOM_HIGH },
  { "kick", "", SG_DRUM_KICK },
  { "bass", "drum", SG_DRUM_KICK },
  { "bd_", "", SG_DRUM_KICK },
  { "bassdr", "", SG_DRUM_KICK },
  { "clap", "", SG_DRUM_CLAP },
  { "snap", "", SG_DRUM_CLAP },
  { "snare", "", SG_DRUM_SNARE },
  { "sn_", "", SG_DRUM_SNARE },
  { "rim", "", SG_DRUM_RIM },
  { "stick", "", SG_DRUM_RIM },
  { "tick", "", SG_DRUM_RIM },
  { "crash", "", SG_DRUM_CRASH },
  { "splash", "", SG_DRUM_CRASH },
  { "china", "", SG_DRUM_CRASH },
  { "ride", "", SG_DRUM_RIDE },
  { "tambourine", "", SG_DRUM_PERCUSSION },
  { "cymbal", "closed", SG_DRUM_HAT_CLOSED },
  { "cymbal", "open", SG_DRUM_HAT_OPEN },
  { "cymbal", "pedal", SG_DRUM_HAT_PEDAL },
  { "hat", "open", SG_DRUM_HAT_OPEN },
  { "hat", " op", SG_DRUM_HAT_OPEN },
  { "hat", "pedal", SG_DRUM_HAT_PEDAL },
  { "hat", " pd", SG_DRUM_HAT_PEDAL },
  { "hat", "", SG_DRUM_HAT_CLOSED },
  { "hh", "open", SG_DRUM_HAT_OPEN },
  { "ohh", "", SG_DRUM_HAT_OPEN },
  { "hh", "pedal", SG_DRUM_HAT_PEDAL },
  { "hh", "", SG_DRUM_HAT_CLOSED },
  { "cymbal", "", SG_DRUM_CRASH },
  { "tom", "", SG_DRUM_TOM_MID },
};

SgDrum
sg_drum_from_name(const char *name)
{
  char lower[128];
  size_t n = strlen(name) < sizeof lower - 1 ? strlen(name) : sizeof lower - 1;
  for (size_t i = 0; i < n; i++)
    lower[i] = (char)tolower((unsigned char)name[i]);
  lower[n] = '\0';
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strstr(lower, words[i].word) != NULL && strstr(lower, words[i].second) != NULL)
      return words[i].drum;
  return SG_DRUM_PERCUSSION;
}

/* Takes the sample at `path` when there is room and it can be decoded; only a lack of memory is an error. */
static SgStatus
add_hit(SgKit *kit, SgDrum drum, const char *path, SgError *error)
{
  if (kit->n_hits[drum] == SG_KIT_MAX_HITS)
    return SG_OK;
  SgClip *clip = NULL;
  SgStatus status = sg_clip_load(path, MAX_HIT_S, &clip, error);
  float peak = status == SG_OK ? sg_clip_peak(clip) : 0.0f;
  if (peak < 1e-4f) {
    sg_clip_free(clip);
    return status == SG_NO_MEMORY ? status : SG_OK;
  }
  sg_clip_scale(clip, 1.0f / peak);
  kit->hits[drum][kit->n_hits[drum]++] = clip;
  return SG_OK;
}

static SgKit *
kit_named(const char *folder)
{
  SgKit *kit = SG_NEW(SgKit, 1);
  const char *slash = strrchr(folder, '/');
  if (kit != NULL)
    snprintf(kit->name, sizeof kit->name, "%.*s", SG_KIT_NAME_SIZE - 1, slash != NULL ? slash + 1 : folder);
  return kit;
}

SgStatus
sg_kit_read_hydrogen(const char *folder, SgKit **out_kit, SgError *error)
{
  *out_kit = NULL;
  SgHydrogenKit *listed = NULL;
  SgStatus status = sg_hydrogen_read(folder, &listed, error);
  if (status != SG_OK)
    return status;
  SgKit *kit = kit_named(folder);
  if (kit == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, folder, NULL);
  for (size_t i = 0; status == SG_OK && i < listed->n_layers; i++) {
    const SgHydrogenLayer *layer = &listed->layers[i];
    char path[SG_ERROR_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, layer->file);
    status = add_hit(kit, sg_drum_from_name(layer->instrument[0] != '\0' ? layer->instrument : layer->file),
                     path, error);
  }
  sg_hydrogen_free(listed);
  if (status != SG_OK) {
    sg_kit_free(kit);
    return status;
  }
  *out_kit = kit;
  return SG_OK;
}

static bool
starts_with_any(const char *name, const char *const *prefixes)
{
  for (; *prefixes != NULL; prefixes++)
    if (strncmp(name, *prefixes, strlen(*prefixes)) == 0)
      return true;
  return false;
}

SgStatus
sg_kit_read_folder(const char *folder, const char *const *prefixes, SgKit **out_kit, SgError *error)
{
  *out_kit = NULL;
  struct dirent **entries = NULL;
  int n = scandir(folder, &entries, NULL, alphasort); /* sorted: the same kit on every machine */
  if (n < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, folder);
  SgStatus status = SG_OK;
  SgKit *kit = kit_named(folder);
  if (kit == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, folder, NULL);
  for (int i = 0; i < n; i++) {
    char path[SG_ERROR_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
    if (status == SG_OK && starts_with_any(entries[i]->d_name, prefixes))
      status = add_hit(kit, sg_drum_from_name(entries[i]->d_name), path, error);
    free(entries[i]);
  }
  free(entries);
  if (status != SG_OK) {
    sg_kit_free(kit);
    return status;
  }
  *out_kit = kit;
  return SG_OK;
}

void
sg_kit_free(SgKit *kit)
{
  if (kit == NULL)
    return;
  for (int drum = 0; drum < SG_N_DRUMS; drum++)
    for (int i = 0; i < kit->n_hits[drum]; i++)
      sg_clip_free(kit->hits[drum][i]);
  sg_free(kit);
}

bool
sg_kit_is_complete(const SgKit *kit)
{
  return kit->n_hits[SG_DRUM_KICK] > 0 && kit->n_hits[SG_DRUM_SNARE] > 0 &&
         kit->n_hits[SG_DRUM_HAT_CLOSED] + kit->n_hits[SG_DRUM_RIDE] > 0;
}
