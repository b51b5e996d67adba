#include "core/base/ring.h"

#include <glib.h>
#include <pthread.h>
#include <sched.h>

#include "core/base/random.h"

enum { N_FLOATS = 1 << 20 };

static void
test_counts(void)
{
  SgRing *ring = sg_ring_new(5);
  float in[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, out[16];
  g_assert_cmpuint(sg_ring_writable(ring), ==, 8);
  g_assert_cmpuint(sg_ring_readable(ring), ==, 0);
  g_assert_cmpuint(sg_ring_read(ring, out, 1), ==, 0);
  g_assert_cmpuint(sg_ring_write(ring, in, 6), ==, 6);
  g_assert_cmpuint(sg_ring_read(ring, out, 4), ==, 4);
  g_assert_cmpfloat(out[3], ==, 4.0f);
  g_assert_cmpuint(sg_ring_write(ring, in + 6, 10), ==, 6); /* wraps and fills */
  g_assert_cmpuint(sg_ring_writable(ring), ==, 0);
  g_assert_cmpuint(sg_ring_read(ring, NULL, 2), ==, 2);
  g_assert_cmpuint(sg_ring_read(ring, out, 16), ==, 6);
  g_assert_cmpfloat(out[0], ==, 7.0f);
  g_assert_cmpfloat(out[3], ==, 10.0f);
  sg_ring_write(ring, in, 3);
  sg_ring_clear(ring);
  g_assert_cmpuint(sg_ring_readable(ring), ==, 0);
  sg_ring_free(ring);
  sg_ring_free(NULL);
}

typedef struct {
  SgRing *ring;
  uint64_t seed;
} Writer;

static void *
write_sequence(void *data)
{
  const Writer *writer = data;
  SgRandom random = sg_random_seeded(writer->seed);
  float block[64];
  for (int at = 0; at < N_FLOATS;) {
    int n = 1 + (int)sg_random_below(&random, 64);
    n = n < N_FLOATS - at ? n : N_FLOATS - at;
    for (int i = 0; i < n; i++)
      block[i] = (float)(at + i);
    size_t written = sg_ring_write(writer->ring, block, (size_t)n);
    at += (int)written;
    if (written == 0)
      sched_yield();
  }
  return NULL;
}

/* What one thread writes in blocks of any length the other reads in order, without loss. Every float up to
 * 2²⁰ is an exact integer. */
static void
test_two_threads(void)
{
  Writer writer = { .ring = sg_ring_new(256), .seed = (uint32_t)g_test_rand_int() };
  SgRandom random = sg_random_seeded(writer.seed + 1);
  g_test_message("seed %" G_GUINT64_FORMAT, writer.seed);
  pthread_t thread;
  g_assert_cmpint(pthread_create(&thread, NULL, write_sequence, &writer), ==, 0);
  float block[100];
  for (int at = 0; at < N_FLOATS;) {
    size_t n = sg_ring_read(writer.ring, block, 1 + sg_random_below(&random, 100));
    for (size_t i = 0; i < n; i++)
      g_assert_cmpfloat(block[i], ==, (float)(at + (int)i));
    at += (int)n;
    if (n == 0)
      sched_yield();
  }
  pthread_join(thread, NULL);
  g_assert_cmpuint(sg_ring_readable(writer.ring), ==, 0);
  sg_ring_free(writer.ring);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ring/counts", test_counts);
  g_test_add_func("/ring/two-threads", test_two_threads);
  return g_test_run();
}
