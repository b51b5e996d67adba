/* The names and colours in stem files, and the index that they are put into. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/stem-mp4.h"
#include "tests/fuzz/fuzz.h"

static void
check_info(const SgStemMp4Info *info)
{
  for (int i = 0; i < SG_STEM_MP4_STEMS; i++)
    fuzz_check(memchr(info->stems[i].name, '\0', sizeof info->stems[i].name) != NULL &&
                   memchr(info->stems[i].colour, '\0', sizeof info->stems[i].colour) != NULL,
               "texts end");
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  char path[32];
  SgStemMp4Info info, again;
  size_t n_moov;
  int fd = fuzz_file(bytes, n, path);
  if (sg_stem_mp4_read_info(path, &info, NULL) == SG_OK)
    check_info(&info);
  close(fd);
  uint8_t *moov = sg_stem_mp4_dup_moov(bytes, n, "{}", &n_moov);
  sg_free(moov);
  if (sg_stem_mp4_parse_moov(bytes, n, &info, NULL) == SG_OK)
    check_info(&info);
  if (sg_stem_mp4_parse_json((const char *)bytes, n, &info, NULL) != SG_OK)
    return;
  check_info(&info);
  char *text = sg_stem_mp4_dup_json(&info);
  if (text == NULL)
    return;
  SgStatus status = sg_stem_mp4_parse_json(text, strlen(text), &again, NULL);
  fuzz_check(status == SG_OK || status == SG_NO_MEMORY, "what is written can be read");
  free(text);
}
