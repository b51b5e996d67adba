/* The song in scratch: what goes in comes out, in both storages, from any place. */
#include "core/io/pcm.h"

#include "tests/support.h"

enum { N_VALUES = 65536 };

/* Every 16-bit value once, in two channels that run against each other. */
static float *
all_values_new(void)
{
  float *samples = g_new(float, 2 * N_VALUES);
  for (int i = 0; i < N_VALUES; i++) {
    samples[2 * i] = (float)(i - 32768) / 32768.0f;
    samples[2 * i + 1] = (float)(32767 - i) / 32768.0f;
  }
  return samples;
}

static void
test_round_trip(gconstpointer data)
{
  SgPcmStorage storage = GPOINTER_TO_UINT(data);
  g_autofree float *samples = all_values_new();
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_pcm_new(44100, 2, storage, 0, NULL, &pcm, NULL));
  /* In pieces of odd sizes, across the blocks of the implementation. */
  for (gint64 at = 0, n; at < N_VALUES; at += n) {
    n = MIN(N_VALUES - at, 7001);
    test_assert_ok(sg_pcm_append(pcm, samples + 2 * at, n, NULL));
  }
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N_VALUES);
  g_autofree float *left = g_new(float, N_VALUES), *right = g_new(float, N_VALUES);
  float *channels[] = { left, right };
  test_assert_ok(sg_pcm_read(pcm, 0, N_VALUES, channels, NULL));
  for (int i = 0; i < N_VALUES; i++) {
    g_assert_cmpfloat(left[i], ==, samples[2 * i]);
    g_assert_cmpfloat(right[i], ==, samples[2 * i + 1]);
  }
}

static void
test_outside_is_zero(gconstpointer data)
{
  SgPcmStorage storage = GPOINTER_TO_UINT(data);
  const float samples[] = { 0.25f, 0.5f, -0.75f };
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_pcm_new(8000, 1, storage, 3, NULL, &pcm, NULL));
  test_assert_ok(sg_pcm_append(pcm, samples, 3, NULL));
  float out[8];
  float *channels[] = { out };
  test_assert_ok(sg_pcm_read(pcm, -2, 8, channels, NULL));
  const float expected[8] = { 0.0f, 0.0f, 0.25f, 0.5f, -0.75f, 0.0f, 0.0f, 0.0f };
  g_assert_cmpmem(out, sizeof out, expected, sizeof expected);
  test_assert_ok(sg_pcm_read(pcm, 100, 8, channels, NULL));
  for (int i = 0; i < 8; i++)
    g_assert_cmpfloat(out[i], ==, 0.0f);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *name;
    SgPcmStorage storage;
  } storages[] = { { "float", SG_PCM_FLOAT }, { "16-bit", SG_PCM_16 } };
  for (gsize i = 0; i < G_N_ELEMENTS(storages); i++) {
    g_autofree char *round_trip = g_strdup_printf("/core/io/pcm/round-trip/%s", storages[i].name);
    g_autofree char *outside = g_strdup_printf("/core/io/pcm/outside-is-zero/%s", storages[i].name);
    g_test_add_data_func(round_trip, GUINT_TO_POINTER(storages[i].storage), test_round_trip);
    g_test_add_data_func(outside, GUINT_TO_POINTER(storages[i].storage), test_outside_is_zero);
  }
  return g_test_run();
}
