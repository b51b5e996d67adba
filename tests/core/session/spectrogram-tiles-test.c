#include "core/session/spectrogram-tiles.h"

#include <math.h>

#include "core/plot/axis.h"
#include "tests/support.h"

enum { RATE = 44100, N_SAMPLES = 10 * RATE, HEIGHT = 120 };

typedef struct {
  TestFolder *folder;
  SgTrack *track;
  SgSpectrogramTiles *tiles;
  SgTileScale scale;
} Fixture;

/* A sine of 1 kHz and −20 dB. */
static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = g_new(float, N_SAMPLES);
  for (int i = 0; i < N_SAMPLES; i++)
    samples[i] = (float)(0.1 * sin(2.0 * G_PI * 1000.0 * i / RATE));
  f->folder = test_folder_new();
  g_autofree char *path = g_build_filename(f->folder, "sine.wav", NULL);
  test_sound_write(path, "wav32f", RATE, 1, samples, N_SAMPLES);
  g_autoptr(GError) error = NULL;
  f->track = sg_track_load(path, TRUE, NULL, NULL, &error);
  g_assert_no_error(error);
  f->tiles = sg_spectrogram_tiles_new();
  sg_spectrogram_tiles_set_source(f->tiles, f->track, NULL);
  f->scale = (SgTileScale){ .samples_per_column = N_SAMPLES / 600.0, .height = HEIGHT };
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  g_clear_object(&f->tiles);
  /* What workers had in hand comes back once more. */
  while (g_main_context_iteration(NULL, FALSE)) {
  }
  g_assert_finalize_object(f->track);
  test_folder_remove(f->folder);
}

static void
wait_until_painted(Fixture *f)
{
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (sg_spectrogram_tiles_get_n_pending(f->tiles) > 0) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, TRUE);
  }
}

static guint
loudest_row(SgSpectrogramTile *tile, guint column)
{
  guint loudest = 0;
  for (guint y = 1; y < HEIGHT; y++)
    if (sg_spectrogram_tile_get_level(tile, column, y) > sg_spectrogram_tile_get_level(tile, column, loudest))
      loudest = y;
  return loudest;
}

/* The sine is where the axis says, as loud as it is; what lies after the song stays empty. Long and short
 * columns. */
static void
test_sine(Fixture *f, gconstpointer data)
{
  SgFrequencyAxis axis = sg_frequency_axis_for_rate(RATE, HEIGHT);
  const double scales[] = { N_SAMPLES / 600.0, 8000.0, 64.0 };
  for (gsize i = 0; i < G_N_ELEMENTS(scales); i++) {
    f->scale.samples_per_column = scales[i];
    sg_spectrogram_tiles_want(f->tiles, SG_TILE_MIXTURE, f->scale, 0, 3, 0);
    wait_until_painted(f);
    SgSpectrogramTile *tile = sg_spectrogram_tiles_get(f->tiles, SG_TILE_MIXTURE, f->scale, 0);
    g_assert_nonnull(tile);
    guint column = scales[i] < 100.0 ? 200 : 20;
    guint row = loudest_row(tile, column);
    g_assert_cmpfloat(fabs(row + 0.5 - sg_frequency_axis_y(&axis, 1000.0)), <=, 1.0);
    g_assert_cmpfloat_with_epsilon(sg_spectrogram_tile_get_level(tile, column, row), -20.0, 1.0);
  }
  f->scale.samples_per_column = N_SAMPLES / 600.0;
  sg_spectrogram_tiles_want(f->tiles, SG_TILE_MIXTURE, f->scale, 0, 4, 0);
  wait_until_painted(f);
  SgSpectrogramTile *last = sg_spectrogram_tiles_get(f->tiles, SG_TILE_MIXTURE, f->scale, 2);
  g_assert_cmpuint(sg_spectrogram_tile_get_n_painted(last), ==, 600 - 512);
  g_assert_true(isnan(sg_spectrogram_tile_get_level(last, 200, 10)));
  SgSpectrogramTile *beyond = sg_spectrogram_tiles_get(f->tiles, SG_TILE_MIXTURE, f->scale, 3);
  g_assert_cmpuint(sg_spectrogram_tile_get_n_painted(beyond), ==, 0);
}

/* What is no longer wanted is dropped at once, and painted when it is wanted again. */
static void
test_dropped(Fixture *f, gconstpointer data)
{
  for (int zoom = 0; zoom < 50; zoom++) {
    SgTileScale scale = { .samples_per_column = 100.0 + zoom, .height = HEIGHT };
    sg_spectrogram_tiles_want(f->tiles, SG_TILE_MIXTURE, scale, 0, 6, 0);
    g_assert_cmpuint(sg_spectrogram_tiles_get_n_pending(f->tiles), ==, 6);
  }
  sg_spectrogram_tiles_want(f->tiles, SG_TILE_MIXTURE, f->scale, 0, 3, 0);
  g_assert_cmpuint(sg_spectrogram_tiles_get_n_pending(f->tiles), ==, 3);
  wait_until_painted(f);
  for (int i = 0; i < 3; i++)
    g_assert_nonnull(sg_spectrogram_tiles_get(f->tiles, SG_TILE_MIXTURE, f->scale, i));
}

/* Before there are masks no stem is painted. With them columns appear as chunks become ready. */
static void
test_stems(Fixture *f, gconstpointer data)
{
  sg_spectrogram_tiles_want(f->tiles, 0, f->scale, 0, 3, 0);
  g_assert_cmpuint(sg_spectrogram_tiles_get_n_pending(f->tiles), ==, 0);

  g_autoptr(GError) error = NULL;
  g_autoptr(SgMaskSet) masks = sg_mask_set_new(f->track, "hpss", &error);
  g_assert_no_error(error);
  sg_spectrogram_tiles_set_source(f->tiles, f->track, masks);
  sg_spectrogram_tiles_want(f->tiles, 1, f->scale, 0, 3, 0);
  wait_until_painted(f);
  SgSpectrogramTile *tile = sg_spectrogram_tiles_get(f->tiles, 1, f->scale, 0);
  g_assert_cmpuint(sg_spectrogram_tile_get_n_painted(tile), ==, 0);

  SgSeparation *separation = sg_mask_set_get_separation(masks);
  test_assert_ok(sg_separation_run(separation, 2, NULL, NULL, NULL));
  sg_spectrogram_tiles_invalidate(f->tiles, 0, 1000);
  sg_spectrogram_tiles_want(f->tiles, 1, f->scale, 0, 3, 0);
  wait_until_painted(f);
  tile = sg_spectrogram_tiles_get(f->tiles, 1, f->scale, 0);
  g_assert_cmpuint(sg_spectrogram_tile_get_n_painted(tile), ==, SG_TILE_COLUMNS);
}

/* A held note belongs to the rest: made harder, the rest keeps it and the drums lose what they had of it. */
static void
test_strength(Fixture *f, gconstpointer data)
{
  g_autoptr(SgMaskSet) masks = sg_mask_set_new(f->track, "hpss", NULL);
  test_assert_ok(sg_separation_run(sg_mask_set_get_separation(masks), 2, NULL, NULL, NULL));
  sg_spectrogram_tiles_set_source(f->tiles, f->track, masks);
  sg_spectrogram_tiles_want(f->tiles, 0, f->scale, 0, 1, 0);
  wait_until_painted(f);
  g_autoptr(SgSpectrogramTile) natural = g_object_ref(sg_spectrogram_tiles_get(f->tiles, 0, f->scale, 0));

  SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
  settings.strength[0] = settings.strength[1] = 0.125f;
  sg_spectrogram_tiles_set_settings(f->tiles, &settings);
  g_assert_true(sg_spectrogram_tiles_get(f->tiles, 0, f->scale, 0) == natural);
  sg_spectrogram_tiles_want(f->tiles, 0, f->scale, 0, 1, 0);
  wait_until_painted(f);
  SgSpectrogramTile *softer = sg_spectrogram_tiles_get(f->tiles, 0, f->scale, 0);
  g_assert_true(softer != natural);
  guint row = (guint)sg_frequency_axis_y(&(SgFrequencyAxis){ 30.0, 20000.0, HEIGHT, SG_AXIS_LOG }, 1000.0);
  g_assert_cmpfloat(sg_spectrogram_tile_get_level(softer, 100, row), >,
                    sg_spectrogram_tile_get_level(natural, 100, row) + 6.0);
}

static guint32
pixel_at(SgSpectrogramTile *tile, guint column, guint row)
{
  const guint32 *pixels = g_bytes_get_data(sg_spectrogram_tile_get_pixels(tile), NULL);
  return pixels[row * SG_TILE_COLUMNS + column];
}

/* On every axis, with every window, zoomed out and in, the sine of the mixture and of the stem that owns it
 * is where the axis says and as loud. */
static void
test_axes(Fixture *f, gconstpointer data)
{
  g_autoptr(SgMaskSet) masks = sg_mask_set_new(f->track, "hpss", NULL);
  test_assert_ok(sg_separation_run(sg_mask_set_get_separation(masks), 2, NULL, NULL, NULL));
  sg_spectrogram_tiles_set_source(f->tiles, f->track, masks);
  static const SgTileAxes axes[] = {
    { .kind = SG_AXIS_LINEAR, .window = 1024 },
    { .kind = SG_AXIS_LINEAR, .low_hz = 500.0, .high_hz = 3000.0, .window = 2048 },
    { .kind = SG_AXIS_MEL },
    { .kind = SG_AXIS_LOG, .low_hz = 200.0, .high_hz = 2000.0, .window = 16384 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(axes); i++)
    for (int source = SG_TILE_MIXTURE; source <= 1; source += 2) {
      f->scale.axes = axes[i];
      f->scale.samples_per_column = i % 2 == 0 ? 700.0 : 1500.0;
      sg_spectrogram_tiles_want(f->tiles, source, f->scale, 0, 1, 0);
      wait_until_painted(f);
      SgSpectrogramTile *tile = sg_spectrogram_tiles_get(f->tiles, source, f->scale, 0);
      SgFrequencyAxis axis = sg_tile_axes_frequency(axes[i], RATE, HEIGHT);
      guint row = loudest_row(tile, 100);
      g_assert_cmpfloat(fabs(row + 0.5 - sg_frequency_axis_y(&axis, 1000.0)), <=, 1.0);
      g_assert_cmpfloat_with_epsilon(sg_spectrogram_tile_get_level(tile, 100, row), -20.0, 1.5);
    }
}

/* The held note belongs to the rest: its mask is white there, the drums' black; tinted it has the rest's
 * colour; before there are masks the mixture is grey. */
static void
test_modes(Fixture *f, gconstpointer data)
{
  SgTileLook look = sg_spectrogram_tiles_get_look(f->tiles);
  look.colormap = SG_COLORMAP_GREY;
  look.ceiling_db = -30.0f;
  look.source_colours[0] = 0xffff0000;
  look.source_colours[1] = 0xff00ff00;
  sg_spectrogram_tiles_set_look(f->tiles, look);
  g_autoptr(SgMaskSet) masks = sg_mask_set_new(f->track, "hpss", NULL);
  sg_spectrogram_tiles_set_source(f->tiles, f->track, masks);
  guint row = (guint)sg_frequency_axis_y(&(SgFrequencyAxis){ 30.0, 20000.0, HEIGHT, SG_AXIS_LOG }, 1000.0);

  f->scale.mode = SG_TILE_SOURCES;
  sg_spectrogram_tiles_want(f->tiles, SG_TILE_MIXTURE, f->scale, 0, 1, 0);
  wait_until_painted(f);
  SgSpectrogramTile *tile = sg_spectrogram_tiles_get(f->tiles, SG_TILE_MIXTURE, f->scale, 0);
  g_assert_cmphex(pixel_at(tile, 100, row), ==, 0xffffffff);
  g_assert_cmpuint(sg_spectrogram_tile_get_n_painted(tile), ==, 0);

  test_assert_ok(sg_separation_run(sg_mask_set_get_separation(masks), 2, NULL, NULL, NULL));
  sg_spectrogram_tiles_invalidate(f->tiles, 0, 1000);
  static const struct {
    SgTileMode mode;
    int source;
    guint32 red_and_green; /* at the note */
  } cases[] = {
    { SG_TILE_SOURCES, SG_TILE_MIXTURE, 0x00ff00 },
    { SG_TILE_MASK, 0, 0x000000 },
    { SG_TILE_MASK, 1, 0xffff00 },
    { SG_TILE_TINTED, 1, 0x00ff00 },
    { SG_TILE_TINTED, 0, 0x787800 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    f->scale.mode = cases[i].mode;
    sg_spectrogram_tiles_want(f->tiles, cases[i].source, f->scale, 0, 1, 0);
    wait_until_painted(f);
    tile = sg_spectrogram_tiles_get(f->tiles, cases[i].source, f->scale, 0);
    guint32 pixel = pixel_at(tile, 100, row);
    g_assert_cmpint(abs((int)(pixel >> 16 & 0xff) - (int)(cases[i].red_and_green >> 16)), <=, 6);
    g_assert_cmpint(abs((int)(pixel >> 8 & 0xff) - (int)(cases[i].red_and_green >> 8 & 0xff)), <=, 6);
  }
}

/* The sine of amplitude 0.1 fills a tenth of the height; zoomed out too, and so does the stem that owns it.
 */
static void
test_waveform(Fixture *f, gconstpointer data)
{
  g_autoptr(SgMaskSet) masks = sg_mask_set_new(f->track, "hpss", NULL);
  test_assert_ok(sg_separation_run(sg_mask_set_get_separation(masks), 2, NULL, NULL, NULL));
  sg_spectrogram_tiles_set_source(f->tiles, f->track, masks);
  f->scale.mode = SG_TILE_WAVEFORM;
  for (int source = SG_TILE_MIXTURE; source <= 1; source += 2)
    for (int zoomed = 0; zoomed < 2; zoomed++) {
      f->scale.samples_per_column = zoomed ? 100.0 : 1700.0 * 4;
      sg_spectrogram_tiles_want(f->tiles, source, f->scale, 0, 1, 0);
      wait_until_painted(f);
      SgSpectrogramTile *tile = sg_spectrogram_tiles_get(f->tiles, source, f->scale, 0);
      guint32 background = pixel_at(tile, 40, 0);
      guint n = 0;
      for (guint y = 0; y < HEIGHT; y++)
        n += pixel_at(tile, 40, y) != background;
      g_assert_cmpuint(n, >=, HEIGHT / 10 - 1);
      g_assert_cmpuint(n, <=, HEIGHT / 10 + 2);
    }
}

/* Zoomed far out a short sound is missed by frames spread over a column, but not once the peaks are known. */
static void
test_short_sound(Fixture *f, gconstpointer data)
{
  enum { HOP = 1024, AT = 205 };
  g_autofree float *samples = g_new0(float, N_SAMPLES);
  for (int i = 0; i < 64; i++)
    samples[AT * HOP + 500 + i] = i % 2 == 0 ? 0.9f : -0.9f;
  g_autofree char *path = g_build_filename(f->folder, "click.wav", NULL);
  test_sound_write(path, "wav32f", RATE, 1, samples, N_SAMPLES);
  g_autoptr(SgTrack) track = sg_track_load(path, TRUE, NULL, NULL, NULL);
  sg_spectrogram_tiles_set_source(f->tiles, track, NULL);
  /* One column of the whole song: quarters of 108 hops, the sound at the edge of the second. */
  f->scale.samples_per_column = N_SAMPLES;
  g_autofree float *peaks = g_new0(float, N_SAMPLES / HOP + 1);
  peaks[AT] = 0.9f;
  double levels[2];
  for (int known = 0; known < 2; known++) {
    g_autoptr(GBytes) bytes = g_bytes_new(peaks, (N_SAMPLES / HOP + 1) * sizeof *peaks);
    if (known)
      sg_spectrogram_tiles_set_hop_peaks(f->tiles, bytes);
    sg_spectrogram_tiles_want(f->tiles, SG_TILE_MIXTURE, f->scale, 0, 1, 0);
    wait_until_painted(f);
    SgSpectrogramTile *tile = sg_spectrogram_tiles_get(f->tiles, SG_TILE_MIXTURE, f->scale, 0);
    levels[known] = sg_spectrogram_tile_get_level(tile, 0, loudest_row(tile, 0));
  }
  g_assert_cmpfloat(levels[0], ==, -85.0);
  g_assert_cmpfloat(levels[1], >, -50.0);
}

/* More tiles than fit: memory stays bounded, what was asked for last is there. */
static void
test_bounded(Fixture *f, gconstpointer data)
{
  SgTileScale scale = { .samples_per_column = 44100.0, .height = 1000 };
  for (int i = 0; i < 80; i++) {
    scale.samples_per_column += 1.0;
    sg_spectrogram_tiles_want(f->tiles, SG_TILE_MIXTURE, scale, 0, 1, 0);
    wait_until_painted(f);
    g_assert_nonnull(sg_spectrogram_tiles_get(f->tiles, SG_TILE_MIXTURE, scale, 0));
  }
  scale.samples_per_column = 44101.0;
  g_assert_null(sg_spectrogram_tiles_get(f->tiles, SG_TILE_MIXTURE, scale, 0));
}

/* Freed while workers paint. */
static void
test_early_end(Fixture *f, gconstpointer data)
{
  sg_spectrogram_tiles_want(f->tiles, SG_TILE_MIXTURE, f->scale, 0, 3, 0);
  g_usleep(2000);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/session/spectrogram-tiles/sine", Fixture, NULL, set_up, test_sine, tear_down);
  g_test_add("/session/spectrogram-tiles/dropped", Fixture, NULL, set_up, test_dropped, tear_down);
  g_test_add("/session/spectrogram-tiles/stems", Fixture, NULL, set_up, test_stems, tear_down);
  g_test_add("/session/spectrogram-tiles/strength", Fixture, NULL, set_up, test_strength, tear_down);
  g_test_add("/session/spectrogram-tiles/axes", Fixture, NULL, set_up, test_axes, tear_down);
  g_test_add("/session/spectrogram-tiles/modes", Fixture, NULL, set_up, test_modes, tear_down);
  g_test_add("/session/spectrogram-tiles/waveform", Fixture, NULL, set_up, test_waveform, tear_down);
  g_test_add("/session/spectrogram-tiles/short-sound", Fixture, NULL, set_up, test_short_sound, tear_down);
  g_test_add("/session/spectrogram-tiles/bounded", Fixture, NULL, set_up, test_bounded, tear_down);
  g_test_add("/session/spectrogram-tiles/early-end", Fixture, NULL, set_up, test_early_end, tear_down);
  return g_test_run();
}
