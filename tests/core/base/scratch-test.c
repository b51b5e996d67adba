#include "core/base/scratch.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "core/base/workers.h"
#include "tests/support.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgScratch, sg_scratch_free)

static void
test_write_and_read(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autoptr(SgScratch) scratch = NULL;
  test_assert_ok(sg_scratch_new(folder, 10000, &scratch, NULL));
  g_assert_cmpuint(sg_scratch_size(scratch), ==, 10000);
  g_assert_cmpuint(test_folder_count(folder), ==, 0);
  guint8 bytes[300], back[10000];
  for (int i = 0; i < 300; i++)
    bytes[i] = (guint8)(i * 7 + 1);
  test_assert_ok(sg_scratch_write(scratch, 9700, bytes, 300, NULL));
  test_assert_ok(sg_scratch_write(scratch, 5, bytes, 100, NULL));
  test_assert_ok(sg_scratch_read(scratch, 0, back, 10000, NULL));
  g_assert_cmpmem(back + 9700, 300, bytes, 300);
  g_assert_cmpmem(back + 5, 100, bytes, 100);
  for (int i = 105; i < 9700; i++)
    g_assert_cmpuint(back[i], ==, 0);

  test_assert_ok(sg_scratch_grow(scratch, 20000, NULL));
  test_assert_ok(sg_scratch_grow(scratch, 15000, NULL));
  g_assert_cmpuint(sg_scratch_size(scratch), ==, 20000);
  test_assert_ok(sg_scratch_read(scratch, 9700, back, 10000, NULL));
  g_assert_cmpmem(back, 300, bytes, 300);
  for (int i = 300; i < 10000; i++)
    g_assert_cmpuint(back[i], ==, 0);
  g_assert_cmpuint(test_folder_count(folder), ==, 0);
}

static void
test_beyond_the_end(void)
{
  g_autoptr(SgScratch) scratch = NULL;
  char byte;
  SgError error;
  test_assert_ok(sg_scratch_new(NULL, 100, &scratch, NULL));
  test_assert_status(sg_scratch_read(scratch, 1 << 20, &byte, 1, &error), SG_READ_FAILED);
  g_assert_cmpint(error.position, ==, 1 << 20);
}

/* Reserved means that the blocks are taken before anything is written. */
static void
test_reserved(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  struct statfs before, after;
  enum { N_BYTES = 256 << 20 };
  g_assert_cmpint(statfs(folder, &before), ==, 0);
  g_autoptr(SgScratch) scratch = NULL;
  test_assert_ok(sg_scratch_new(folder, N_BYTES, &scratch, NULL));
  g_assert_cmpint(statfs(folder, &after), ==, 0);
  gint64 taken = (gint64)(before.f_bfree - after.f_bfree) * before.f_bsize;
  /* Others write to this disk too; half is proof enough. */
  g_assert_cmpint(taken, >, N_BYTES / 2);
}

static void
test_no_space(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  const guint64 absurd[] = { 1ull << 50, 1ull << 62, 1ull << 63, G_MAXUINT64 };
  struct statfs fs;
  g_assert_cmpint(statfs(folder, &fs), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(absurd); i++) {
    SgScratch *scratch;
    SgError error;
    test_assert_status(sg_scratch_new(folder, absurd[i], &scratch, &error), SG_NO_SPACE);
    g_assert_null(scratch);
    g_assert_cmpstr(error.path, ==, folder);
    g_assert_cmpint(error.expected, ==, (gint64)MIN(absurd[i], (guint64)G_MAXINT64));
    g_assert_cmpint(error.actual, >, 0);
    g_assert_cmpint(error.actual, <=, (gint64)(fs.f_blocks * (guint64)fs.f_bsize));
    gint64 expected = error.expected;
    test_assert_status(sg_scratch_check_space(folder, absurd[i], &error), SG_NO_SPACE);
    g_assert_cmpint(error.expected, ==, expected);
    g_assert_cmpint(error.actual, >, 0);
  }
  test_assert_ok(sg_scratch_check_space(folder, 10, NULL));
  /* What is there stays usable when it cannot grow. */
  g_autoptr(SgScratch) scratch = NULL;
  char byte = 'x';
  test_assert_ok(sg_scratch_new(folder, 10, &scratch, NULL));
  test_assert_status(sg_scratch_grow(scratch, 1ull << 60, NULL), SG_NO_SPACE);
  g_assert_cmpuint(sg_scratch_size(scratch), ==, 10);
  test_assert_ok(sg_scratch_write(scratch, 9, &byte, 1, NULL));
  g_assert_cmpuint(test_folder_count(folder), ==, 0);
}

static void
test_bad_folders(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *file = g_build_filename(folder, "file", NULL);
  g_autofree char *below = g_build_filename(file, "below", NULL);
  g_autofree char *missing = g_build_filename(folder, "missing", NULL);
  test_file_write(file, "x", 1);
  SgScratch *scratch;
  SgError error;
  test_assert_status(sg_scratch_new(missing, 10, &scratch, &error), SG_NOT_FOUND);
  g_assert_cmpstr(error.path, ==, missing);
  test_assert_status(sg_scratch_new(below, 10, &scratch, &error), SG_NOT_FOUND);
  g_assert_cmpint(sg_scratch_new(file, 10, &scratch, &error), !=, SG_OK);
  g_assert_null(scratch);
  sg_scratch_free(NULL);
}

static gboolean
is_in_memory(const char *folder)
{
  struct statfs fs;
  return statfs(folder, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static void
test_default_folder(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *kept = g_strdup(g_getenv("XDG_CACHE_HOME"));
  g_autofree char *cache = g_build_filename(folder, "cache", NULL);
  g_autofree char *expected = g_build_filename(cache, "stemglass", NULL);
  char chosen[4096];
  g_setenv("XDG_CACHE_HOME", cache, TRUE);
  test_assert_ok(sg_scratch_default_folder(chosen, sizeof chosen, NULL));
  g_assert_cmpstr(chosen, ==, expected);
  g_assert_true(g_file_test(expected, G_FILE_TEST_IS_DIR));

  const char *elsewhere[] = { "/dev/shm", "/proc", "/nonexistent/deep", "relative" };
  for (gsize i = 0; i < G_N_ELEMENTS(elsewhere); i++) {
    g_setenv("XDG_CACHE_HOME", elsewhere[i], TRUE);
    test_assert_ok(sg_scratch_default_folder(chosen, sizeof chosen, NULL));
    g_assert_false(is_in_memory(chosen));
    g_assert_cmpint(chosen[0], ==, '/');
  }
  g_autofree char *very_long = g_strnfill(sizeof chosen, 'x');
  very_long[0] = '/';
  g_setenv("XDG_CACHE_HOME", very_long, TRUE);
  test_assert_ok(sg_scratch_default_folder(chosen, sizeof chosen, NULL));
  g_assert_cmpstr(chosen, ==, "/var/tmp");
  if (kept != NULL)
    g_setenv("XDG_CACHE_HOME", kept, TRUE);
  else
    g_unsetenv("XDG_CACHE_HOME");
}

enum { PIECE = 5000, N_PIECES = 40, N_THREADS = 4 };

static void
write_own_pieces(unsigned index, void *user)
{
  SgScratch *scratch = user;
  guint8 bytes[PIECE], back[PIECE];
  for (guint piece = index; piece < N_PIECES; piece += N_THREADS) {
    memset(bytes, (int)piece + 1, PIECE);
    test_assert_ok(sg_scratch_write(scratch, (guint64)piece * PIECE, bytes, PIECE, NULL));
    test_assert_ok(sg_scratch_read(scratch, (guint64)piece * PIECE, back, PIECE, NULL));
    g_assert_cmpmem(back, PIECE, bytes, PIECE);
  }
}

static void
test_threads(void)
{
  g_autoptr(SgScratch) scratch = NULL;
  test_assert_ok(sg_scratch_new(NULL, PIECE * N_PIECES, &scratch, NULL));
  sg_workers_join(sg_workers_start(N_THREADS, write_own_pieces, scratch));
  guint8 byte;
  for (guint i = 0; i < PIECE * N_PIECES; i += 977) {
    test_assert_ok(sg_scratch_read(scratch, i, &byte, 1, NULL));
    g_assert_cmpuint(byte, ==, i / PIECE + 1);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/scratch/write-and-read", test_write_and_read);
  g_test_add_func("/scratch/beyond-the-end", test_beyond_the_end);
  g_test_add_func("/scratch/reserved", test_reserved);
  g_test_add_func("/scratch/no-space", test_no_space);
  g_test_add_func("/scratch/bad-folders", test_bad_folders);
  g_test_add_func("/scratch/default-folder", test_default_folder);
  g_test_add_func("/scratch/threads", test_threads);
  return g_test_run();
}
