/* Pages of Ogg that get another number. */
#include <unistd.h>

#include "core/io/ogg-serial.h"
#include "tests/fuzz/fuzz.h"

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  char path[32];
  int fd = fuzz_file(bytes, n, path);
  if (sg_ogg_set_serial(fd, 12345))
    fuzz_check(lseek(fd, 0, SEEK_END) == (off_t)n, "the length stays");
  close(fd);
}
