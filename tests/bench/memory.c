/* Peak resident memory and time of stemglass-cli on ten minutes and on an hour, beside what the disk alone
 * takes for the bytes of the stems. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 44100, BLOCK_BYTES = 1 << 20 };

/* Seconds to write and fsync as many bytes as two stereo stems in 32-bit float have. */
static double
write_stem_bytes(guint minutes)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "bytes", NULL);
  g_autofree char *block = g_malloc(BLOCK_BYTES);
  memset(block, 0x55, BLOCK_BYTES);
  gint64 left = (gint64)minutes * 60 * RATE * 2 * 2 * 4;
  double started_s = bench_seconds();
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  g_assert_cmpint(fd, >=, 0);
  for (; left > 0; left -= BLOCK_BYTES)
    g_assert_cmpint(write(fd, block, BLOCK_BYTES), ==, BLOCK_BYTES);
  g_assert_cmpint(fsync(fd), ==, 0);
  close(fd);
  return bench_seconds() - started_s;
}

void
bench_memory(void)
{
  CliUse ten = test_cli_separate_long(10), sixty = test_cli_separate_long(60);
  bench_add("peak resident memory, 60 min stereo", sixty.peak_mb, "MB", BENCH_AT_MOST, 400.0);
  bench_add("peak resident memory, 60 min against 10 min", sixty.peak_mb / ten.peak_mb, "×", BENCH_AT_MOST,
            1.1);
  bench_add("time, 60 min against 10 min", sixty.seconds / ten.seconds, "×", BENCH_AT_MOST, 6.3);
  bench_add("  10 min", ten.seconds, "s", BENCH_FOR_INFORMATION, 0.0);
  bench_add("  60 min", sixty.seconds, "s", BENCH_FOR_INFORMATION, 0.0);
  bench_add("  the same, processor time only", sixty.cpu_seconds / ten.cpu_seconds, "×",
            BENCH_FOR_INFORMATION, 0.0);
  double ten_disk_s = write_stem_bytes(10), sixty_disk_s = write_stem_bytes(60);
  bench_add("  the disk alone, for the stems' bytes", sixty_disk_s / ten_disk_s, "×", BENCH_FOR_INFORMATION,
            0.0);
  bench_add("  the disk alone, 60 min", sixty_disk_s, "s", BENCH_FOR_INFORMATION, 0.0);
}
