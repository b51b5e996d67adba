/* Stem files (.stem.mp4, after Native Instruments' Stem format): one MP4 file with five AAC stereo streams,
 * the mix first and the only one that players enable, then exactly four stems. Their names and colours, and a
 * mastering chain that we leave switched off, are JSON in the atom moov/udta/stem.
 *
 * Any decoder reads the mix of such a file (core/io/decoder.h); here are the stems, and writing. All five
 * streams have the same encoder delay and length, and the index is the last atom of the file. Built without
 * FFmpeg there is only what reads the names; the rest gives SG_NEEDS_FFMPEG.
 *
 * Ownership: as said. Threads: no shared state; a writer belongs to one. Audio callback: never. Errors:
 * SG_NO_STEMS (no stem file), SG_BAD_JSON, and those of core/io/decoder.h and core/io/encoder.h.
 */
#pragma once

#include "core/io/decoder.h"
#include "core/io/encoder.h"

enum { SG_STEM_MP4_STEMS = 4, SG_STEM_MP4_STREAMS };

typedef struct {
  char name[64];  /* UTF-8 */
  char colour[8]; /* "#rrggbb" */
} SgStemMp4Stem;

typedef struct {
  SgStemMp4Stem stems[SG_STEM_MP4_STEMS];
} SgStemMp4Info;

/* Reads names and colours. */
SgStatus sg_stem_mp4_read_info(const char *path, SgStemMp4Info *out_info, SgError *error);
/* The same from a whole "moov" atom and from the JSON text in it. */
SgStatus sg_stem_mp4_parse_moov(const uint8_t *moov, size_t n, SgStemMp4Info *out_info, SgError *error);
SgStatus sg_stem_mp4_parse_json(const char *text, size_t n, SgStemMp4Info *out_info, SgError *error);

/* sg_decode_file of stream 0 (the mix) … 4. */
SgStatus sg_stem_mp4_decode(const char *path, uint32_t stream, bool strict, const char *scratch_folder,
                            SgProgress progress, void *user, SgPcm **out_pcm, SgDecodeReport *out_report,
                            SgError *error);

/* The JSON text for these stems; free with free(). NULL when memory is out. */
char *sg_stem_mp4_dup_json(const SgStemMp4Info *info);
/* The "moov" atom with the text put in as udta/stem in place of one that is there; free with sg_free. NULL
 * when it is no such atom, it would be over 4 GB, or memory is out. */
uint8_t *sg_stem_mp4_dup_moov(const uint8_t *moov, size_t n, const char *text, size_t *out_n);

typedef struct SgStemMp4Writer SgStemMp4Writer;

/* As sg_encoder_new. `format` is stem.mp4's with two channels; its tags are for the whole song. */
SgStatus sg_stem_mp4_writer_new(const char *path, SgEncoderFormat format, const SgStemMp4Info *info,
                                bool overwrite, SgStemMp4Writer **out_writer, SgError *error);
void sg_stem_mp4_writer_free(SgStemMp4Writer *writer);
/* Adds `n` samples of each stream, streams[k][n × 2]. */
SgStatus sg_stem_mp4_writer_write(SgStemMp4Writer *writer, const float *const streams[SG_STEM_MP4_STREAMS],
                                  int64_t n, SgError *error);
/* Completes the file, still without a name; then names it. */
SgStatus sg_stem_mp4_writer_complete(SgStemMp4Writer *writer, SgError *error);
SgStatus sg_stem_mp4_writer_publish(SgStemMp4Writer *writer, SgError *error);
