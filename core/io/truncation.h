/* Finds out whether a sound file ends before what it announces.
 *
 * libsndfile corrects in silence what the header of a file of chunks (WAV, RF64, AIFF, W64, CAF, AU) promises
 * too much, and finds an Ogg file's length by its last page, so both are looked at here: the size of the
 * chunk of sound against the file's, and the end-of-stream flag of Ogg's last page, which must be whole (RFC
 * 3533 §6). ADTS, and MP3 without a tag that counts its frames, are looked at frame by frame (frames.h). For
 * all others the announced length is compared with what was read.
 *
 * Threads: no shared state. Audio callback: never.
 */
#pragma once

#include <stdbool.h>

#include "core/io/decoder.h"

/* `info` is what the decoder announced and `n_read` the samples it gave. *out_n_expected is the announced
 * length, 0 when the file does not tell it. A file that cannot be read again counts as whole. */
bool sg_is_truncated(const char *path, const SgAudioInfo *info, int64_t n_read, int64_t *out_n_expected);

/* How many bytes the open file had before it was cut, where its header tells: CAF by its chunks, MP3 by its
 * Xing or Info tag. 0 when it does not. Of MP3, *out_field_at is where the tag keeps this number in four
 * bytes, counted from *out_base on; else −1. The file's position is not used. */
int64_t sg_announced_bytes(int fd, int64_t *out_field_at, int64_t *out_base);

/* Whether a Xing or Info tag counts the frames of an MP3 file. Without one libsndfile estimates its length
 * from the first frame, which is wrong where the bit rate varies. */
bool sg_mp3_tells_length(int fd);
