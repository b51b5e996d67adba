/* A recorded voice in a song: sung note by note, or spoken on the beat.
 *
 * Singing changes the recording itself (Rubber Band, formants kept): its pitch line is bent onto the notes',
 * its vowels are held, so that a real voice's texture stays. Speaking leaves the pitch alone.
 *
 * Threads: no shared state. Errors: SG_NO_MEMORY, SG_CANCELLED, SG_NO_SAMPLES (nothing voiced to sing with).
 */
#pragma once

#include "core/corpus/midi-file.h"
#include "core/corpus/recordings.h"

/* Adds the notes (one at a time), now and then doubled or in two voices, to the clip. */
SgStatus sg_speaker_sing(const SgSpeaker *speaker, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
                         SgClip *clip, SgError *error);

/* Adds words on the sixteenths of the beat from the first note's start to the last one's end, wherever notes
 * are: rap when they are many, shouts when they are few. */
SgStatus sg_speaker_rap(const SgSpeaker *speaker, const SgMidiNote *notes, size_t n_notes,
                        double beats_per_minute, SgRandom *random, SgClip *clip, SgError *error);
