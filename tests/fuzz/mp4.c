/* MP4's atoms and what is read from them. */
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/mp4-atoms.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_TEXT = 200 };

static void
check_moov(const uint8_t *moov, size_t n)
{
  static const char *const paths[] = { "moov", "moov/udta/stem", "moov/trak/mdia/mdhd",
                                       "moov/udta/meta/ilst" };
  for (uint32_t id = 0; id < 4; id++) {
    SgMp4Span span;
    if (sg_mp4_track_span(moov, n, id, &span))
      fuzz_check(span.start >= 0 && span.length >= 0 && span.timescale > 0,
                 "a span lies behind its beginning");
  }
  sg_mp4_edits_are_simple(moov, n);
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    SgAtom atom;
    if (sg_atom_find(moov, n, paths[i], &atom))
      fuzz_check(atom.body >= moov && atom.n_body <= n && atom.body + atom.n_body <= moov + n,
                 "an atom is inside");
  }
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  char path[32], text[MAX_TEXT + 1];
  int64_t delay, length;
  int fd = fuzz_file(bytes, n, path);
  SgMp4Map map = sg_mp4_map(fd);
  size_t n_moov = 0;
  uint8_t *moov = sg_mp4_read_moov(fd, &map, &n_moov);
  if (moov != NULL) {
    fuzz_check(n_moov <= n, "the index is no longer than the file");
    check_moov(moov, n_moov);
  }
  sg_free(moov);
  check_moov(bytes, n);
  size_t n_text = n < MAX_TEXT ? n : MAX_TEXT;
  memcpy(text, bytes, n_text);
  text[n_text] = '\0';
  if (sg_mp4_parse_smpb(text, &delay, &length))
    fuzz_check(delay >= 0 && length >= 0, "delay and length are not negative");
  close(fd);
}
