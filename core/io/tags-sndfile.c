#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <unistd.h>

#include "core/io/tags-private.h"

SgStatus
sg_tags_sndfile_read(const char *path, SgTags *tags, SgError *error)
{
  SF_INFO info = { 0 };
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  SNDFILE *file = sf_open_fd(fd, SFM_READ, &info, SF_FALSE);
  if (file == NULL) {
    close(fd);
    return sg_error_set(error, SG_NOT_AUDIO, path, NULL);
  }
  sg_tag_set(tags->title, sizeof tags->title, sf_get_string(file, SF_STR_TITLE));
  sg_tag_set(tags->artist, sizeof tags->artist, sf_get_string(file, SF_STR_ARTIST));
  sg_tag_set(tags->album, sizeof tags->album, sf_get_string(file, SF_STR_ALBUM));
  sg_tag_set(tags->date, sizeof tags->date, sf_get_string(file, SF_STR_DATE));
  sg_tag_set(tags->track, sizeof tags->track, sf_get_string(file, SF_STR_TRACKNUMBER));
  sg_tag_set(tags->genre, sizeof tags->genre, sf_get_string(file, SF_STR_GENRE));
  sg_tag_set(tags->comment, sizeof tags->comment, sf_get_string(file, SF_STR_COMMENT));
  sf_close(file);
  close(fd);
  return SG_OK;
}
