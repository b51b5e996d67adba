/* Writes the first inputs of all fuzz targets: make-corpus FOLDER GOLDENS. What the fuzzer found later stands
 * beside them. */
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/graph-json.h"
#include "core/nn/model-file.h"
#include "core/nn/zoo/zoo.h"
#include "tests/support.h"

static void
write_input(const char *folder, const char *target, const char *name, const void *head, gsize n_head,
            const void *content, gsize n)
{
  g_autofree char *below = g_build_filename(folder, target, NULL);
  g_autofree char *path = g_build_filename(below, name, NULL);
  g_autoptr(GByteArray) input = g_byte_array_new();
  g_byte_array_append(input, head, (guint)n_head);
  g_byte_array_append(input, content, (guint)n);
  g_byte_array_append(input, (const guint8 *)"", 1); /* no allocation fails */
  g_mkdir_with_parents(below, 0777);
  test_file_write(path, input->data, input->len);
}

/* What other programs made, as it is. */
static void
write_goldens(const char *folder, const char *goldens)
{
  static const struct {
    const char *name;
    gboolean is_mp4;
  } files[] = { { "aac.m4a", TRUE },     { "aac-fragments.mp4", TRUE }, { "alac.m4a", TRUE },
                { "opus.mp4", TRUE },    { "adts.aac", FALSE },         { "opus.webm", FALSE },
                { "wavpack.wv", FALSE }, { "lame.mp3", FALSE },         { "vorbis.mkv", FALSE } };
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_build_filename(goldens, files[i].name, NULL);
    g_autoptr(GBytes) bytes = test_file_read(path);
    gsize n;
    const guint8 *content = g_bytes_get_data(bytes, &n), head[] = { 1, 0, 200, 200 };
    write_input(folder, "decode", files[i].name, "", 1, content, n);
    write_input(folder, "header", files[i].name, NULL, 0, content, n);
    write_input(folder, "tags", files[i].name, NULL, 0, content, n);
    write_input(folder, "truncation", files[i].name, head, 4, content, n);
    if (files[i].is_mp4) {
      write_input(folder, "mp4", files[i].name, NULL, 0, content, n);
      write_input(folder, "stem-mp4", files[i].name, NULL, 0, content, n);
    }
  }
}

/* Each format, for the decoder, its header alone, and the search for its end when it is cut. */
static void
write_sounds(const char *folder)
{
  static const char *const formats[] = { "wav16", "wav24", "wav32f", "wav64f", "rf64",  "flac16", "flac24",
                                         "ogg",   "opus",  "mp3",    "aiff16", "caf16", "w64",    "au16" };
  enum { RATE = 8000, N = 200 };
  g_autoptr(TestFolder) scratch = test_folder_new();
  g_autofree char *sound = g_build_filename(scratch, "sound", NULL);
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
    test_sound_write(sound, formats[i], RATE, 2, band, N);
    g_autoptr(GBytes) bytes = test_file_read(sound);
    gsize n;
    const guint8 *content = g_bytes_get_data(bytes, &n);
    const guint8 tolerant = 0, stereo_wav[] = { 1, 0, 200, 200 }, stereo_ogg[] = { 1, 1 | 2 << 2, 200, 200 };
    gboolean is_ogg = strcmp(formats[i], "ogg") == 0 || strcmp(formats[i], "opus") == 0;
    write_input(folder, "decode", formats[i], &tolerant, 1, content, n);
    write_input(folder, "header", formats[i], NULL, 0, content, MIN(n, is_ogg ? n : 400));
    write_input(folder, "truncation", formats[i], is_ogg ? stereo_ogg : stereo_wav, 4, content,
                is_ogg ? n - 20 : MIN(n, 300));
    write_input(folder, "tags", formats[i], NULL, 0, content, n);
    if (is_ogg)
      write_input(folder, "ogg-serial", formats[i], NULL, 0, content, n);
  }
}

/* A whole model, and its graph by itself. */
static void
write_model(const char *folder)
{
  g_autoptr(TestFolder) scratch = test_folder_new();
  g_autofree char *path = g_build_filename(scratch, "model", NULL);
  const SgModelFacts facts = { .rate_hz = 44100,
                               .n_channels = 2,
                               .fft_size = 4096,
                               .hop = 1024,
                               .input = "magnitude",
                               .output = "magnitude",
                               .normalisation = "none",
                               .n_sources = 1,
                               .sources = { "drums" } };
  const SgUmxSettings settings = { .n_bins = 5, .n_bins_in = 3, .hidden = 4, .layers = 1 };
  SgGraph *graph;
  SgPlan *plan;
  SgTeam *team = sg_team_new(1);
  test_assert_ok(sg_zoo_umx(settings, &graph, NULL));
  SgShape shape = sg_graph_node(graph, sg_graph_input_node(graph, 0))->attributes.shape;
  for (int d = 0; d < shape.n_dims; d++)
    shape.dims[d] = MAX(shape.dims[d], 1);
  test_assert_ok(sg_plan_new(graph, &shape, (SgPlanOptions){ 0 }, team, &plan, NULL));
  const SgWeightTable *table = sg_plan_weight_table(plan);
  g_autofree float *weights = g_new0(float, table->n_weights + 1),
                   *states = g_new0(float, table->n_states + 1);
  sg_weight_table_draw(table, 1, weights, states);
  test_assert_ok(sg_model_write(path, graph, &facts, NULL, table, weights, states, SG_DTYPE_F16, true, NULL));
  g_autoptr(GBytes) bytes = test_file_read(path);
  write_input(folder, "model", "model", NULL, 0, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  SgJson *json = sg_graph_to_json(graph);
  char *text = sg_json_dup_text(json, false);
  write_input(folder, "graph", "umx", NULL, 0, text, strlen(text));
  free(text);
  sg_json_free(json);
  sg_plan_free(plan);
  sg_team_free(team);
  sg_graph_free(graph);
}

/* Golden files of some operations, and some networks. */
static void
write_networks(const char *folder, const char *goldens)
{
  static const char *const files[] = {
    "dense", "conv-1d", "lstm", "softmax", "batch-norm", "upsample-linear"
  };
  static const char *const graphs[] = {
    "{\"nodes\":[{\"name\":\"x\",\"op\":\"input\",\"shape\":[-1,-1,8]},{\"name\":\"fc\",\"op\":\"dense\","
    "\"inputs\":[\"x\"],"
    "\"units\":5},{\"name\":\"m\",\"op\":\"sigmoid\",\"inputs\":[\"fc\"]}],\"outputs\":[\"m\"]}",
    "{\"nodes\":[{\"name\":\"x\",\"op\":\"input\",\"shape\":[-1,2,-1]},{\"name\":\"c\",\"op\":\"conv_1d\","
    "\"inputs\":[\"x\"],"
    "\"units\":4,\"kernel\":[3],\"padding\":[1]},{\"name\":\"r\",\"op\":\"relu\",\"inputs\":[\"c\"]},{"
    "\"name\":\"s\",\"op\":"
    "\"concat\",\"inputs\":[\"x\",\"r\"],\"axis\":1}],\"outputs\":[\"s\",\"r\"]}",
    "{\"nodes\":[{\"name\":\"x\",\"op\":\"input\",\"shape\":[2,-1,6]},{\"name\":\"l\",\"op\":\"lstm\","
    "\"inputs\":[\"x\"],"
    "\"units\":3,\"layers\":2,\"bidirectional\":true},{\"name\":\"t\",\"op\":\"transpose\",\"inputs\":[\"l\"]"
    ",\"order\":"
    "[0,2,1]}],\"outputs\":[\"t\"]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_strdup_printf("%s/%s.safetensors", goldens, files[i]);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
      continue;
    g_autoptr(GBytes) bytes = test_file_read(path);
    write_input(folder, "model", files[i], NULL, 0, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  }
  for (gsize i = 0; i < G_N_ELEMENTS(graphs); i++) {
    g_autofree char *name = g_strdup_printf("graph-%zu", i);
    write_input(folder, "graph", name, NULL, 0, graphs[i], strlen(graphs[i]));
  }
}

static void
write_texts(const char *folder)
{
  static const char *const values[] = { "0", "90.25", "0:30", "1:02:03.5", "2/8", "1:60", "1e3" };
  static const char *const texts[] = { "plain", "caf\xc3\xa9 \xf0\x9f\xa5\x81", "\xed\xa0\x80 \"\\\n",
                                       "\xff\xfe" };
  for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
    g_autofree char *name = g_strdup_printf("value-%zu", i);
    write_input(folder, "values", name, "", 1, values[i], strlen(values[i]));
  }
  static const char *const documents[] = { "{\"a\":[1,-2.5e3,\"x\\n\",null,true,{}],\"b\":{\"c\":[]}}",
                                           "[1,]",
                                           "\"\\ud83e\\udd41\"",
                                           "{\"a\":1,\"a\":2}",
                                           "[1e999]",
                                           "[[[[[[]]]]]]" };
  static const char stems[] =
      "{\"mastering_dsp\":{\"compressor\":{\"enabled\":false},\"limiter\":{\"enabled\":false}},\"version\":1,"
      "\"stems\":["
      "{\"name\":\"Drums\",\"color\":\"#ff0000\"},{\"name\":\"Bass\",\"color\":\"#00ff00\"},"
      "{\"name\":\"Other\",\"color\":\"#0000ff\"},{\"name\":\"Vocals\",\"color\":\"#ffffff\"}]}";
  write_input(folder, "stem-mp4", "json", NULL, 0, stems, strlen(stems));
  for (gsize i = 0; i < G_N_ELEMENTS(documents); i++) {
    g_autofree char *name = g_strdup_printf("document-%zu", i);
    write_input(folder, "json-read", name, NULL, 0, documents[i], strlen(documents[i]));
  }
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *name = g_strdup_printf("text-%zu", i);
    write_input(folder, "json", name, NULL, 0, texts[i], strlen(texts[i]));
  }
}

static void
write_options(const char *folder)
{
  static const char *const lines[] = {
    "a.wav\n-o\nout\n--stems=drums,rest\n--minus=drums\n--strength=drums=1.5",
    "a.wav\nb.wav\n-o\nout\n--method=hpss\n--format=flac\n--bits=24\n--overwrite\n--strict",
    "in\n-rjo\n4\nout\n--shard=2/8\n--from=0:30\n--to=1:02:03.5\n--skip-existing\n--threads\n2",
    "--help",
    "-o\nout\n--\n--json",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
    g_autofree char *name = g_strdup_printf("options-%zu", i);
    write_input(folder, "options", name, NULL, 0, lines[i], strlen(lines[i]));
  }
}

static void
write_songs(const char *folder)
{
  const guint8 heads[][6] = { { 0, 1, 0, 0, 0xe8, 3 }, { 1, 0, 0, 3, 0xff, 10 }, { 3, 1, 0, 2, 0, 0 } };
  const guint8 samples[] = { 0, 0, 0xff, 0x3f, 0, 0x80, 0x12, 0x34, 0xff, 0x7f };
  for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
    g_autofree char *name = g_strdup_printf("song-%zu", i);
    write_input(folder, "separate", name, heads[i], sizeof heads[i], samples, sizeof samples);
  }
}

int
main(int argc, char **argv)
{
  if (argc != 3)
    g_error("usage: make-corpus FOLDER tests/golden");
  write_sounds(argv[1]);
  g_autofree char *sounds = g_build_filename(argv[2], "io", NULL),
                  *networks = g_build_filename(argv[2], "nn", NULL);
  write_goldens(argv[1], sounds);
  write_networks(argv[1], networks);
  write_model(argv[1]);
  write_texts(argv[1]);
  write_options(argv[1]);
  write_songs(argv[1]);
  return 0;
}
