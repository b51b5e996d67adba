/* The sound of one part of a track (a stem or the mixture), read from start to end.
 *
 * Ownership: free with sg_part_reader_free (NULL ignored); the part is not kept. Threads: one reader, one
 * thread. Audio callback: never. Errors: those of core/io/decoder.h, SG_BAD_SAMPLE and SG_TRUNCATED among
 * them: nothing that is cut or not a number is trained on. SG_NO_STEMS: a .stem.mp4 with too few streams;
 * SG_NEEDS_FFMPEG: this build cannot read it.
 */
#pragma once

#include <stdint.h>

#include "core/train/dataset.h"

typedef struct SgPartReader SgPartReader;

SgStatus sg_part_reader_open(const SgDatasetPart *part, SgPartReader **out_reader, SgError *error);
void sg_part_reader_free(SgPartReader *reader);

uint32_t sg_part_reader_rate(const SgPartReader *reader);
uint32_t sg_part_reader_n_channels(const SgPartReader *reader); /* 1 where one channel is taken */
int64_t sg_part_reader_n_samples(const SgPartReader *reader); /* as announced, 0 when the file does not say */

/* Up to `n` ≤ SG_PART_BLOCK samples; *out_n is 0 at the end, and then the file was whole. */
enum { SG_PART_BLOCK = 16384 };
SgStatus sg_part_reader_read(SgPartReader *reader, float *out_interleaved, int64_t n, int64_t *out_n,
                             SgError *error);
