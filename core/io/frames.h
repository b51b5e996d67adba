/* Sound files that are nothing but frames one behind the other, each with a header that tells its length: MP3
 * (ISO/IEC 11172-3 §2.4.1, 13818-3) and ADTS (13818-7 §6.2). No header tells the length of the whole, so what
 * is missing shows only where a frame is cut, or where something in the middle is none. A file that is cut
 * between two frames cannot be told from a shorter one.
 *
 * Threads: no shared state. The files' positions are not used. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the ID3v2 tag at the start of a file, from its first ten; 0 for none. */
int64_t sg_id3_bytes(const unsigned char *head);

/* Whether the last frame of an ADTS file runs over its end. */
bool sg_adts_is_cut(int fd);

/* The same of MPEG layer III; true also where frames come back only behind so many bytes of something else
 * that libmpg123 gives up looking for them. *out_end is where the whole frames end up to there, −1 when there
 * are none. */
bool sg_mp3_is_cut(int fd, int64_t *out_end);

/* Whether the first thing in the file behind an ID3v2 tag is a frame of MPEG layer III. */
bool sg_mp3_begins(int fd);
