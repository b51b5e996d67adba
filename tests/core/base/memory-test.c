#include "core/base/memory.h"

#include <string.h>

#include "tests/support.h"

static void
test_zeroed_and_aligned(void)
{
  const gsize sizes[] = { 0, 1, 63, 64, 65, 1000, 100001 };
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    guint8 *memory = sg_alloc(sizes[i], 1);
    g_assert_nonnull(memory);
    g_assert_cmpuint(GPOINTER_TO_SIZE(memory) % SG_ALIGNMENT, ==, 0);
    for (gsize k = 0; k < sizes[i]; k++)
      g_assert_cmpuint(memory[k], ==, 0);
    memset(memory, 0xff, sizes[i]);
    sg_free(memory);
  }
  sg_free(NULL);
}

static void
test_overflow(void)
{
  /* Kept from the compiler, which would warn that these cannot be. */
  const volatile gsize half = G_MAXSIZE / 2, most = G_MAXSIZE, one = 1;
  g_assert_null(sg_alloc(half, 3));
  g_assert_null(sg_alloc(3, half));
  g_assert_null(sg_alloc(most, one));
  g_assert_null(sg_alloc(most - 63, one));
  g_assert_null(sg_alloc(most / 8 + 1, 8));
  g_assert_null(sg_alloc(half, one));
  g_assert_null(SG_NEW(guint64, most / 4));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/memory/zeroed-and-aligned", test_zeroed_and_aligned);
  g_test_add_func("/memory/overflow", test_overflow);
  return g_test_run();
}
