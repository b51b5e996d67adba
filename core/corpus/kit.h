/* Drum kits as recorded or synthesised single hits.
 *
 * Ownership: free with sg_kit_free (NULL ignored). Threads: immutable once made; any number may read. Errors:
 * SG_NOT_FOUND, SG_NOT_AUDIO (a drumkit.xml that is no kit), SG_NO_MEMORY. Hits that cannot be decoded are
 * left out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/random.h"
#include "core/corpus/clip.h"

typedef enum {
  SG_DRUM_KICK,
  SG_DRUM_RIM,
  SG_DRUM_SNARE,
  SG_DRUM_CLAP,
  SG_DRUM_HAT_CLOSED,
  SG_DRUM_HAT_PEDAL,
  SG_DRUM_HAT_OPEN,
  SG_DRUM_TOM_LOW,
  SG_DRUM_TOM_MID,
  SG_DRUM_TOM_HIGH,
  SG_DRUM_CRASH,
  SG_DRUM_RIDE,
  SG_DRUM_PERCUSSION,
  SG_N_DRUMS
} SgDrum;

enum { SG_KIT_MAX_HITS = 8, SG_KIT_NAME_SIZE = 64 };

typedef struct {
  char name[SG_KIT_NAME_SIZE];
  int n_hits[SG_N_DRUMS];
  SgClip *hits[SG_N_DRUMS][SG_KIT_MAX_HITS]; /* peak 1 each */
} SgKit;

/* What a General MIDI percussion key plays; keys that are no kit piece are SG_DRUM_PERCUSSION. */
SgDrum sg_drum_from_key(uint8_t key);

/* What an instrument or sample of this name plays, by the words in it. */
SgDrum sg_drum_from_name(const char *name);

/* A kit of the drum machine Hydrogen: a folder with drumkit.xml and its samples. */
SgStatus sg_kit_read_hydrogen(const char *folder, SgKit **out_kit, SgError *error);

/* A folder of single hits, told apart by their file names; those that start with none of `prefixes` (ends
 * with NULL) are not taken. */
SgStatus sg_kit_read_folder(const char *folder, const char *const *prefixes, SgKit **out_kit, SgError *error);

/* A kit in the manner of the analogue drum machines of the eighties: swept sines, filtered noise, square-wave
 * metal; every setting drawn. NULL when memory is out. */
SgKit *sg_kit_synthesise(SgRandom *random);

void sg_kit_free(SgKit *kit);

/* Whether a beat can be played on it: kick, snare and a hi-hat or ride. */
bool sg_kit_is_complete(const SgKit *kit);
