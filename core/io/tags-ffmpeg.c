#include "core/io/file-ffmpeg.h"
#include "core/io/tags-private.h"

typedef struct {
  const char *key;
  size_t at, size;
} Field;

#define FIELD(key, name)                                                                                     \
  {                                                                                                          \
    key, offsetof(SgTags, name), sizeof((SgTags *)NULL)->name                                                \
  }

static const Field fields[] = {
  FIELD("title", title), FIELD("artist", artist), FIELD("album", album),     FIELD("date", date),
  FIELD("track", track), FIELD("genre", genre),   FIELD("comment", comment),
};

/* Of the file, or of the stream of sound (Ogg, Matroska). */
static const char *
find_text(const AVFormatContext *format, int stream, const char *key)
{
  const AVDictionaryEntry *entry = av_dict_get(format->metadata, key, NULL, 0);
  if (entry == NULL && stream >= 0)
    entry = av_dict_get(format->streams[stream]->metadata, key, NULL, 0);
  return entry != NULL ? entry->value : NULL;
}

SgStatus
sg_tags_ffmpeg_read(const char *path, SgTags *tags, SgError *error)
{
  SgFfmpegFile *file;
  SgStatus status = sg_ffmpeg_file_open(path, &file, error);
  if (status != SG_OK)
    return status;
  int stream = sg_ffmpeg_stream(file->format, -1);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    sg_tag_set((char *)tags + fields[i].at, fields[i].size, find_text(file->format, stream, fields[i].key));
  for (unsigned i = 0; i < file->format->nb_streams && status == SG_OK; i++) {
    const AVPacket *picture = &file->format->streams[i]->attached_pic;
    if ((file->format->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 && picture->size > 0)
      status = sg_tags_set_cover(tags, picture->data, (size_t)picture->size, error);
  }
  sg_ffmpeg_file_free(file);
  return status;
}
