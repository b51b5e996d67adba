/* A singer: the sounds of free speech synthesisers or recorded speech, sung.
 *
 * Sentences spoken by espeak-ng and flite (programs, run as children) are analysed once into frames of
 * spectral envelope and voicing (channel vocoder, 10 ms); singing stretches their syllables over a melody's
 * notes and fills the envelopes with pulses at the sung pitch, with glides and vibrato, and with noise where
 * the speech was unvoiced.
 *
 * Ownership: free with sg_voices_free (NULL ignored). Threads: voices are immutable once made; any number may
 * sing. Errors: SG_NOT_FOUND (no speech synthesiser here), SG_NO_MEMORY, SG_CANCELLED, those of decoding.
 */
#pragma once

#include "core/base/progress.h"
#include "core/base/random.h"
#include "core/corpus/clip.h"
#include "core/corpus/midi-file.h"
#include "core/corpus/vocoder.h"

typedef struct SgVoices SgVoices;

/* Speaks and analyses all sentences with all speakers; `work_folder` takes the sound files meanwhile and is
 * left as it was. Stage "voices". */
SgStatus sg_voices_new(const char *work_folder, SgProgress progress, void *user, SgVoices **out_voices,
                       SgError *error);
void sg_voices_free(SgVoices *voices);

/* One line a speaker, for the manifest: the synthesiser and the voice's name, "flite slt". */
size_t sg_voices_n_speakers(const SgVoices *voices);
const char *sg_voices_speaker(const SgVoices *voices, size_t speaker);

/* Adds the notes (one at a time; an overlap ends the earlier one), sung by one drawn speaker, now and then
 * doubled or in two voices, to the clip. *out_speaker tells whose voice it is. */
SgStatus sg_voices_sing(const SgVoices *voices, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
                        SgClip *clip, size_t *out_speaker, SgError *error);

/* The same by a speaker of whom there are recordings: what was said, [n_speeches ≥ 1], borrowed. */
SgStatus sg_speeches_sing(const SgSpeech *const *speeches, size_t n_speeches, const SgMidiNote *notes,
                          size_t n_notes, SgRandom *random, SgClip *clip, SgError *error);
