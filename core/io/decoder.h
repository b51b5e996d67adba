/* Reading sound files.
 *
 * A decoder is opened for one file and read once from start to end; it never seeks. Which library decodes
 * what is a fixed rule, by content and never by the file's name: libsndfile all that it knows (WAV, RF64,
 * W64, AIFF, CAF, AU, FLAC, Ogg Vorbis, Opus and FLAC, MP3, and its rarer ones), FFmpeg's libraries what
 * libsndfile does not know or cannot read (MP4, M4A, Matroska, WebM, WMA, ADTS, AVI, MPEG streams, WavPack,
 * …; the sound of films too). A build without FFmpeg refuses the latter with SG_NEEDS_FFMPEG.
 *
 * The length is that of the music: encoder delay and padding are taken out where the file tells them (LAME
 * tag, MP4 edit list, iTunSMPB, Opus pre-skip and end trimming). Of a file with several streams of sound the
 * one that is marked as the default is read, or else the first. Channels come in the order of WAV files.
 *
 * Policy for bad input: a file that ends before what it announces is read as far as it goes, and the loss is
 * told in SgDecodeReport (strict: refused with SG_TRUNCATED); what is damaged in its middle becomes silence
 * of the same length and is told (strict: SG_DAMAGED); a NaN or infinite sample is refused with its position;
 * a header without samples is SG_NO_SAMPLES.
 *
 * Ownership: free with sg_decoder_free (NULL ignored). Threads: one decoder, one thread. Audio callback:
 * never. Errors: SG_NOT_FOUND, SG_IS_FOLDER, SG_NO_PERMISSION, SG_EMPTY_FILE, SG_NOT_AUDIO, SG_NO_SAMPLES,
 * SG_TRUNCATED, SG_DAMAGED, SG_NO_INDEX, SG_NEEDS_FFMPEG, SG_BAD_SAMPLE, SG_BAD_FORMAT, SG_READ_FAILED,
 * SG_CANCELLED, and those of core/base/scratch.h.
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
  uint32_t n_streams; /* of sound that the file has: films may have several */
  uint32_t n_bits;    /* of the integers that the samples are kept as; 0: floats, or a codec that loses */
  char title[128], artist[128]; /* from the file's tags, "" without; bytes as they are there, cut when long */
} SgAudioInfo;

/* Whether this build has the FFmpeg libraries. */
bool sg_decoder_has_ffmpeg(void);
/* Endings that files which can be read usually have, lower case without the dot, for lists in dialogs; ends
 * with NULL. What is opened is judged by content alone. */
const char *const *sg_decoder_endings(void);

typedef struct SgDecoder SgDecoder;

SgStatus sg_decoder_open(const char *path, SgDecoder **out_decoder, SgError *error);
/* One of the streams of sound of a film or stem file, counted from 0; always by FFmpeg. SG_NO_SAMPLES when
 * there are fewer. */
SgStatus sg_decoder_open_stream(const char *path, uint32_t stream, SgDecoder **out_decoder, SgError *error);
void sg_decoder_free(SgDecoder *decoder);
const SgAudioInfo *sg_decoder_info(const SgDecoder *decoder);

/* Up to `n` samples into out_interleaved[n × n_channels]; *out_n is 0 at the end. */
SgStatus sg_decoder_read(SgDecoder *decoder, float *out_interleaved, int64_t n, int64_t *out_n,
                         SgError *error);

typedef struct {
  SgAudioInfo info;
  bool truncated;
  int64_t n_expected; /* samples announced when truncated, 0 when the file does not say */
  int64_t n_lost;     /* samples in the middle that could not be decoded and are silence now */
  int64_t lost_at;    /* the first of them */
} SgDecodeReport;

/* Decodes a whole file into scratch (NULL: the default folder). Stage "decode". `out_report` may be NULL. */
SgStatus sg_decode_file(const char *path, bool strict, const char *scratch_folder, SgProgress progress,
                        void *user, SgPcm **out_pcm, SgDecodeReport *out_report, SgError *error);
