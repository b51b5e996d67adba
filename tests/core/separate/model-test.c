#include "core/separate/model.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/nn/model-file.h"
#include "core/nn/plan.h"
#include "core/nn/zoo/zoo.h"
#include "core/separate/separation.h"
#include "tests/support.h"

enum { FFT = 1024, BINS = FFT / 2 + 1, MODEL_RATE = 16000, EDGE_BIN = 128 }; /* 2 kHz */

/* A network that keeps what lies below the edge: estimate = c ⊙ mixture with a constant c. */
static void
write_low_pass(const char *path, size_t n_channels)
{
  double *kept = SG_NEW(double, BINS);
  for (int k = 0; k < EDGE_BIN; k++)
    kept[k] = 1.0;
  SgGraph *graph = sg_graph_new();
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, (int64_t)n_channels, BINS, -1));
  int edge = sg_graph_add(graph, "constant", "edge", NULL, 0,
                          &(SgAttributes){ .shape = SG_SHAPE(BINS, 1), .values = kept, .n_values = BINS });
  sg_graph_add_output(graph, sg_graph_add_2(graph, "mul", "estimate", mixture, edge, NULL));
  test_assert_ok(sg_graph_check(graph, NULL));
  const SgModelFacts facts = { .rate_hz = MODEL_RATE,
                               .n_channels = (uint32_t)n_channels,
                               .fft_size = FFT,
                               .hop = FFT / 4,
                               .input = "magnitude",
                               .output = "magnitude",
                               .normalisation = "peak",
                               .n_sources = 1,
                               .sources = { "low" } };
  SgWeightTable table = { 0 };
  test_assert_ok(sg_model_write(path, graph, &facts, NULL, &table, NULL, NULL, SG_DTYPE_F32, true, NULL));
  sg_graph_free(graph);
  sg_free(kept);
}

/* Half a second of a 500 Hz and a 4 kHz tone, another phase in each channel. */
static SgPcm *
two_tones_new(guint rate_hz, guint n_channels, gint64 n)
{
  float *samples = SG_NEW(float, (gsize)n *n_channels);
  for (gint64 i = 0; i < n; i++)
    for (guint c = 0; c < n_channels; c++)
      samples[i * n_channels + c] = (float)(0.3 * sin(2.0 * M_PI * 500.0 * (double)i / rate_hz + c) +
                                            0.2 * sin(2.0 * M_PI * 4000.0 * (double)i / rate_hz + 2.0 * c));
  SgPcm *pcm = test_pcm_new(rate_hz, n_channels, n, samples);
  sg_free(samples);
  return pcm;
}

static SgSeparation *
separate(const SgPcm *pcm, const char *path, unsigned n_threads)
{
  SgSeparation *separation = NULL;
  SgError error = { 0 };
  const SgSeparationSetup setup = { .method = &sg_model_class, .model_path = path };
  SgStatus status = sg_separation_new_with(pcm, &setup, &separation, &error);
  g_assert_cmpstr(status == SG_OK ? "" : error.detail, ==, "");
  test_assert_ok(sg_separation_run(separation, n_threads, NULL, NULL, &error));
  return separation;
}

/* At every rate and number of channels, with networks of one and two: the low tone is in "low", the high one
 * in "rest", and both together are the song. */
static void
test_low_pass(void)
{
  static const struct {
    guint rate_hz, n_channels;
    size_t network_channels;
  } cases[] = { { 44100, 2, 2 }, { 44100, 2, 1 }, { 44100, 1, 2 },
                { 48000, 3, 2 }, { 16000, 2, 2 }, { 22050, 1, 1 } };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "low.safetensors", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    gint64 n = cases[i].rate_hz * 3 / 2;
    guint n_channels = cases[i].n_channels;
    write_low_pass(path, cases[i].network_channels);
    g_autoptr(SgPcm) pcm = two_tones_new(cases[i].rate_hz, n_channels, n);
    g_autoptr(SgSeparation) separation = separate(pcm, path, 2);
    const SgMethodPlan *plan = sg_separation_plan(separation);
    g_assert_cmpuint(plan->n_sources, ==, 2);
    g_assert_cmpstr(plan->sources[0], ==, "low");
    g_assert_cmpstr(plan->sources[1], ==, "rest");
    SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
    float *stems = test_render_dup(separation, &settings, 4096), *song = test_pcm_dup(pcm);
    double power[2] = { 0 }, error[2] = { 0 };
    for (gint64 s = 0; s < n; s++)
      for (guint c = 0; c < n_channels; c++) {
        double low = 0.3 * sin(2.0 * M_PI * 500.0 * (double)s / cases[i].rate_hz + c);
        double high = 0.2 * sin(2.0 * M_PI * 4000.0 * (double)s / cases[i].rate_hz + 2.0 * c);
        gint64 at = s * n_channels + c;
        power[0] += low * low, power[1] += high * high;
        error[0] += pow(stems[at] - low, 2.0), error[1] += pow(stems[n * n_channels + at] - high, 2.0);
        g_assert_cmpfloat_with_epsilon(stems[at] + stems[n * n_channels + at], song[at], 3e-5);
      }
    for (int j = 0; j < 2; j++)
      g_assert_cmpfloat(10.0 * log10(power[j] / error[j]), >, 25.0);
    sg_free(song);
    sg_free(stems);
  }
}

/* A network of constant masks: "near" is all of mid, "far" all of side. */
static void
write_near_far(const char *path)
{
  static const double shares[] = { 1.0, 0.0, 0.0, 1.0 };
  SgGraph *graph = sg_graph_new();
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, 2, 100, -1));
  int ones =
      sg_graph_add_1(graph, "scale", "ones", mixture, &(SgAttributes){ .addend = 1.0, .multiplier = 1e-30 });
  int both = sg_graph_add_2(graph, "concat", "both", ones, ones, &(SgAttributes){ .axis = 1 });
  int share = sg_graph_add(graph, "constant", "share", NULL, 0,
                           &(SgAttributes){ .shape = SG_SHAPE(4, 1, 1), .values = shares, .n_values = 4 });
  sg_graph_add_output(graph, sg_graph_add_2(graph, "mul", "mask", both, share, NULL));
  test_assert_ok(sg_graph_check(graph, NULL));
  const SgModelFacts facts = { .rate_hz = MODEL_RATE,
                               .n_channels = 2,
                               .fft_size = FFT,
                               .hop = FFT / 4,
                               .input = "magnitude",
                               .output = "mask",
                               .normalisation = "none",
                               .channel_form = "mid-side",
                               .bands = { 50, 4, 100 },
                               .n_sources = 2,
                               .sources = { "near", "far" } };
  SgWeightTable table = { 0 };
  test_assert_ok(sg_model_write(path, graph, &facts, NULL, &table, NULL, NULL, SG_DTYPE_F32, true, NULL));
  sg_graph_free(graph);
}

/* What both channels share is near and the rest far, of pairs of channels; a channel by itself is near. The
 * stems sum to the song. */
static void
test_mid_side(void)
{
  static const guint rates[] = { 16000, 44100, 48000 };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "near.safetensors", NULL);
  write_near_far(path);
  for (guint i = 0; i < 3; i++) {
    guint n_channels = i + 1;
    gint64 n = rates[i] * 3 / 2;
    g_autoptr(SgPcm) pcm = two_tones_new(rates[i], n_channels, n);
    g_autoptr(SgSeparation) separation = separate(pcm, path, 2);
    SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
    float *stems = test_render_dup(separation, &settings, 4096), *song = test_pcm_dup(pcm);
    for (gint64 s = 0; s < n; s++)
      for (guint c = 0; c < n_channels; c++) {
        gint64 at = s * n_channels + c, other = s * n_channels + (c < 2 && n_channels > 1 ? 1 - c : c);
        g_assert_cmpfloat_with_epsilon(stems[at], 0.5 * (song[at] + song[other]), 1e-4);
        g_assert_cmpfloat_with_epsilon(stems[at] + stems[n * n_channels + at], song[at], 3e-5);
      }
    sg_free(song);
    sg_free(stems);
  }
}

/* A U-Net of drawn weights whose masks change from frame to frame; its file says how far it sees, unless 0.
 */
static void
write_drawn(const char *path, guint reach_frames)
{
  SgGraph *graph;
  SgPlan *plan;
  SgTeam *team = sg_team_new(1);
  SgBandUnetSettings settings = { .width = 4, .hidden = 16, .n_bands = 96 };
  test_assert_ok(sg_zoo_band_unet(settings, &graph, NULL));
  test_assert_ok(sg_plan_new(graph, &SG_SHAPE(1, 2, 96, 4), (SgPlanOptions){ 0 }, team, &plan, NULL));
  const SgWeightTable *table = sg_plan_weight_table(plan);
  float *weights = SG_NEW(float, table->n_weights), *states = SG_NEW(float, table->n_states);
  sg_weight_table_draw(table, 3, weights, states);
  for (gsize i = 0; i < table->n_weights; i++)
    weights[i] *= 2.0f;
  const SgModelFacts facts = { .rate_hz = MODEL_RATE,
                               .n_channels = 2,
                               .fft_size = FFT,
                               .hop = FFT / 4,
                               .input = "magnitude",
                               .output = "mask",
                               .normalisation = "none",
                               .channel_form = "mid-side",
                               .bands = { 40, 9, 96 },
                               .reach_frames = reach_frames,
                               .n_sources = 4,
                               .sources = { "drums", "bass", "other", "vocals" } };
  test_assert_ok(sg_model_write(path, graph, &facts, NULL, table, weights, states, SG_DTYPE_F32, true, NULL));
  sg_free(weights);
  sg_free(states);
  sg_plan_free(plan);
  sg_team_free(team);
  sg_graph_free(graph);
}

static float *
stems_of(const SgPcm *pcm, const char *path, double quality)
{
  SgSeparation *separation = NULL;
  const SgSeparationSetup setup = { .method = &sg_model_class, .model_path = path, .knobs = &quality };
  test_assert_ok(sg_separation_new_with(pcm, &setup, &separation, NULL));
  test_assert_ok(sg_separation_run(separation, 2, NULL, NULL, NULL));
  SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
  float *stems = test_render_dup(separation, &settings, 4096);
  sg_separation_free(separation);
  return stems;
}

/* Chunks are joined as if the network had seen the song at once: it sees 29 frames to either side, so 32
 * frames of context give what 64 give, to −60 dB at the worst and here to rounding. Four passes give
 * something near. */
static void
test_quality(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "drawn.safetensors", NULL);
  write_drawn(path, 0);
  gint64 n = MODEL_RATE * 8; /* 500 frames, so a border lies in the middle */
  g_autoptr(SgPcm) pcm = test_band_pcm_new(MODEL_RATE, 2, n);
  float *fast = stems_of(pcm, path, 0.0), *normal = stems_of(pcm, path, 1.0),
        *best = stems_of(pcm, path, 2.0);
  float *song = test_pcm_dup(pcm);
  for (gint64 i = 0; i < 2 * n; i++)
    g_assert_cmpfloat_with_epsilon(best[i] + best[2 * n + i] + best[4 * n + i] + best[6 * n + i], song[i],
                                   3e-5);
  for (int j = 0; j < 4; j++) {
    double same = test_sdr(normal + j * 2 * n, fast + j * 2 * n, 2 * n);
    double near = test_sdr(normal + j * 2 * n, best + j * 2 * n, 2 * n);
    g_test_message("source %d: fast %.1f dB, best %.1f dB from normal", j, same, near);
    g_assert_cmpfloat(same, >, 90.0);
    g_assert_cmpfloat(near, >, 10.0);
    g_assert_cmpfloat(near, <, 60.0);
  }
  sg_free(fast);
  sg_free(normal);
  sg_free(best);
  sg_free(song);
}

/* What the file says of the network's reach is all the context that it gets: with the true reach nothing
 * changes, with too short a one something does. */
static void
test_reach(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "drawn.safetensors", NULL);
  gint64 n = MODEL_RATE * 8;
  g_autoptr(SgPcm) pcm = test_band_pcm_new(MODEL_RATE, 2, n);
  write_drawn(path, 0);
  float *free_of_it = stems_of(pcm, path, 2.0);
  write_drawn(path, SG_ZOO_BAND_UNET_REACH);
  float *right = stems_of(pcm, path, 2.0);
  write_drawn(path, 3);
  float *short_of_it = stems_of(pcm, path, 2.0);
  double same = test_sdr(free_of_it, right, 8 * n), other = test_sdr(free_of_it, short_of_it, 8 * n);
  g_test_message("reach %d: %.1f dB, 3: %.1f dB", SG_ZOO_BAND_UNET_REACH, same, other);
  g_assert_cmpfloat(same, >, 90.0);
  g_assert_cmpfloat(other, <, 60.0);
  sg_free(free_of_it);
  sg_free(right);
  sg_free(short_of_it);
}

/* The same masks from one thread and three. */
static void
test_threads(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "low.safetensors", NULL);
  write_low_pass(path, 2);
  g_autoptr(SgPcm) pcm = test_band_pcm_new(22050, 2, 22050 * 15);
  g_autoptr(SgSeparation) one = separate(pcm, path, 1);
  g_autoptr(SgSeparation) three = separate(pcm, path, 3);
  gsize n_one, n_three;
  guint8 *codes_one = test_codes_dup(one, &n_one), *codes_three = test_codes_dup(three, &n_three);
  g_assert_cmpmem(codes_one, n_one, codes_three, n_three);
  sg_free(codes_one);
  sg_free(codes_three);
}

/* What the method tells of a cell is what it did there: the tone's level and its share, in every channel. */
static void
test_inspect(void)
{
  enum { RATE = 16000, FRAMES = 32, CHANNELS = 3 };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "low.safetensors", NULL);
  g_autoptr(SgPcm) pcm = two_tones_new(RATE, CHANNELS, RATE * 3);
  for (size_t network_channels = 1; network_channels <= 2; network_channels++) {
    write_low_pass(path, network_channels);
    const SgMethodSetup setup = { .rate_hz = RATE,
                                  .n_channels = CHANNELS,
                                  .n_frames = FRAMES,
                                  .stft = sg_stft_size_for_rate(RATE),
                                  .model_path = path };
    SgMethod *method;
    test_assert_ok(sg_model_class.create(&setup, &method, NULL));
    SgMethodWork *work = sg_model_class.work_new(method);
    SgInspectValue values[SG_INSPECT_MAX_VALUES];
    g_assert_cmpuint(sg_model_class.inspect(method, work, 0, 0, 0, values, SG_INSPECT_MAX_VALUES), ==, 0);
    gint64 n = (FRAMES - 1) * setup.stft.hop + setup.stft.window;
    float *samples[CHANNELS], *masks = SG_NEW(float, FRAMES * 2 * CHANNELS * setup.stft.n_bins);
    SgComplex *spectra = SG_NEW(SgComplex, CHANNELS * FRAMES * setup.stft.n_bins);
    for (guint c = 0; c < CHANNELS; c++)
      samples[c] = SG_NEW(float, (gsize)n);
    test_assert_ok(sg_pcm_read(pcm, sg_stft_frame_start(setup.stft, 100), n, samples, NULL));
    const SgMethodInput input = { .spectra = spectra,
                                  .samples = (const float *const *)samples,
                                  .first_frame = 100,
                                  .n_frames = FRAMES,
                                  .chunk_first = 104,
                                  .chunk_n = 24 };
    test_assert_ok(sg_model_class.process(method, work, &input, masks, NULL));
    double bin_hz = (double)RATE / setup.stft.window;
    for (guint c = 0; c < CHANNELS; c++)
      for (guint tone = 0; tone < 2; tone++) {
        guint bin = (guint)lround((tone == 0 ? 500.0 : 4000.0) / bin_hz);
        gsize got = sg_model_class.inspect(method, work, 110, c, bin, values, SG_INSPECT_MAX_VALUES);
        g_assert_cmpuint(got, ==, 4);
        g_assert_cmpstr(values[0].id, ==, "magnitude");
        /* An amplitude a gives a·Σ window/2, the window being a Hann window of the network's length. */
        g_assert_cmpfloat_with_epsilon(values[0].value / ((tone == 0 ? 0.3 : 0.2) * FFT / 4.0), 1.0, 0.1);
        g_assert_cmpstr(values[1].id, ==, "context-frames");
        g_assert_cmpstr(values[2].id, ==, "low");
        g_assert_cmpstr(values[3].id, ==, "rest");
        const float *row = masks + (110 - 104) * 2 * CHANNELS * setup.stft.n_bins;
        g_assert_cmpfloat_with_epsilon(values[2].value, (double)row[c * setup.stft.n_bins + bin], 1e-6);
        g_assert_cmpfloat_with_epsilon(values[2].value, tone == 0 ? 1.0 : 0.0, 1e-3);
        g_assert_cmpfloat_with_epsilon(values[3].value, 1.0 - values[2].value, 1e-6);
      }
    g_assert_cmpuint(sg_model_class.inspect(method, work, 103, 0, 9, values, SG_INSPECT_MAX_VALUES), ==, 0);
    g_assert_cmpuint(sg_model_class.inspect(method, work, 110, CHANNELS, 9, values, SG_INSPECT_MAX_VALUES),
                     ==, 0);
    for (guint c = 0; c < CHANNELS; c++)
      sg_free(samples[c]);
    sg_free(spectra);
    sg_free(masks);
    sg_model_class.work_free(work);
    sg_model_class.free(method);
  }
}

static void
test_refused(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "x.safetensors", NULL);
  g_autoptr(SgPcm) pcm = test_band_pcm_new(16000, 1, 16000);
  SgSeparation *separation = NULL;
  SgError error;
  SgSeparationSetup setup = { .method = &sg_model_class };
  test_assert_status(sg_separation_new_with(pcm, &setup, &separation, &error), SG_BAD_ARGUMENT);
  setup.model_path = path;
  test_assert_status(sg_separation_new_with(pcm, &setup, &separation, &error), SG_NOT_FOUND);
  test_file_write(path, "no model", 8);
  test_assert_status(sg_separation_new_with(pcm, &setup, &separation, &error), SG_BAD_MODEL);
  g_assert_true(sg_method_find("model") == &sg_model_class);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/model/low-pass", test_low_pass);
  g_test_add_func("/model/mid-side", test_mid_side);
  g_test_add_func("/model/quality", test_quality);
  g_test_add_func("/model/reach", test_reach);
  g_test_add_func("/model/threads", test_threads);
  g_test_add_func("/model/inspect", test_inspect);
  g_test_add_func("/model/refused", test_refused);
  return g_test_run();
}
