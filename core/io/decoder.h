/* Reading sound files.
 *
 * A decoder is opened for one file and read once from start to end; it never seeks. Which library decodes
 * what is a fixed rule in sg_decoder_open (now: libsndfile for all).
 *
 * Policy for bad input: a file that ends before what it announces is read as far as it goes, and the loss is
 * told in SgDecodeReport (strict: refused with SG_TRUNCATED); a NaN or infinite sample is refused with its
 * position; a header without samples is SG_NO_SAMPLES.
 *
 * Ownership: free with sg_decoder_free (NULL ignored). Threads: one decoder, one thread. Audio callback:
 * never. Errors: SG_NOT_FOUND, SG_IS_FOLDER, SG_NO_PERMISSION, SG_EMPTY_FILE, SG_NOT_AUDIO, SG_NO_SAMPLES,
 * SG_TRUNCATED, SG_BAD_SAMPLE, SG_BAD_FORMAT, SG_READ_FAILED, SG_CANCELLED, and those of core/base/scratch.h.
 */
#pragma once

#include <stdbool.h>

#include "core/base/progress.h"
#include "core/io/pcm.h"

typedef struct {
  uint32_t rate_hz;
  uint32_t n_channels;
  int64_t n_samples;  /* as announced; 0 when the file does not say */
  char container[32]; /* "WAV", "FLAC", "Ogg", "MP3", … the format's own name */
  char encoding[32];  /* "16-bit PCM", "Vorbis", … */
  char title[128], artist[128]; /* from the file's tags, "" without; bytes as they are there, cut when long */
} SgAudioInfo;

typedef struct SgDecoder SgDecoder;

SgStatus sg_decoder_open(const char *path, SgDecoder **out_decoder, SgError *error);
void sg_decoder_free(SgDecoder *decoder);
const SgAudioInfo *sg_decoder_info(const SgDecoder *decoder);

/* Up to `n` samples into out_interleaved[n × n_channels]; *out_n is 0 at the end. */
SgStatus sg_decoder_read(SgDecoder *decoder, float *out_interleaved, int64_t n, int64_t *out_n,
                         SgError *error);

typedef struct {
  SgAudioInfo info;
  bool truncated;
  int64_t n_expected; /* samples announced when truncated, 0 when the file does not say */
} SgDecodeReport;

/* Decodes a whole file into scratch (NULL: the default folder). Stage "decode". `out_report` may be NULL. */
SgStatus sg_decode_file(const char *path, bool strict, const char *scratch_folder, SgProgress progress,
                        void *user, SgPcm **out_pcm, SgDecodeReport *out_report, SgError *error);
