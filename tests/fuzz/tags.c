/* What a file says about its song, and the tags that are written from that. */
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/tags.h"
#include "tests/fuzz/fuzz.h"

static void
check_texts(const SgTags *tags)
{
#define ENDS(text) (memchr(tags->text, '\0', sizeof tags->text) != NULL)
  fuzz_check(ENDS(title) && ENDS(artist) && ENDS(album) && ENDS(date) && ENDS(track) && ENDS(genre) &&
                 ENDS(comment) && ENDS(cover_type),
             "texts end");
  fuzz_check((tags->cover != NULL) == (tags->n_cover > 0), "a cover has bytes");
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  char path[32];
  int fd = fuzz_file(bytes, n, path);
  SgTags *tags;
  if (sg_tags_read(path, &tags, NULL) == SG_OK) {
    size_t n_written;
    check_texts(tags);
    SgTags *stem = sg_tags_for_stem(tags, "drums");
    if (stem != NULL) {
      check_texts(stem);
      fuzz_check(stem->title[0] != '\0', "a stem has a title");
      sg_free(sg_tags_dup_id3(stem, &n_written));
      sg_free(sg_tags_dup_flac_picture(stem, &n_written));
    }
    sg_tags_free(stem);
    sg_tags_free(tags);
  }
  close(fd);
}
