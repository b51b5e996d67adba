/* A file opened for FFmpeg's libraries: they read the one file through our own functions and nothing else.
 *
 * No other file, address or device is opened whatever the content says (playlists, references), only
 * containers of sound and film are tried, and only decoders of sound run. What the libraries log is silenced
 * in the whole process; the last complaint of a thread is kept for sg_ffmpeg_message.
 *
 * Ownership: free with sg_ffmpeg_file_free (NULL ignored). Threads: one file, one thread. Audio callback:
 * never.
 */
#pragma once

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "core/base/status.h"
#include "core/io/mp4-atoms.h"

typedef struct {
  int fd;
  int read_errno; /* of the first read that the system refused */
  int64_t n_bytes, at;
  AVIOContext *io;
  AVFormatContext *format;
  AVPacket *packet; /* to read into */
  SgMp4Map map;
  uint8_t *moov; /* NULL when it is no MP4 file */
  size_t n_moov;
  bool edits_ignored; /* all packets come, and the caller cuts by sg_mp4_track_span */
} SgFfmpegFile;

/* Reads the header and what it takes to know the streams. Errors: SG_NOT_AUDIO, SG_NO_INDEX, SG_NO_MEMORY,
 * and those of opening a file. */
SgStatus sg_ffmpeg_file_open(const char *path, SgFfmpegFile **out_file, SgError *error);
void sg_ffmpeg_file_free(SgFfmpegFile *file);

/* The last error that FFmpeg logged on this thread since it was cleared, "" when there is none. */
const char *sg_ffmpeg_message(void);
/* Silences the log; also done by opening a file. Clears the message. */
void sg_ffmpeg_catch_log(void);

/* Streams of sound, and the index of the k-th in format->streams or −1. k = −1 asks for the one to play: the
 * first that is marked as the default, or else the first. */
uint32_t sg_ffmpeg_n_streams(const AVFormatContext *format);
int sg_ffmpeg_stream(const AVFormatContext *format, int k);
