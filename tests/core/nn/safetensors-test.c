#include "core/nn/safetensors.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "tests/core/nn/net-check.h"

/* A file in memory: header and `n_data` bytes 0, 1, 2 …; `shift` bytes of the buffer come before it. */
typedef struct {
  guint8 *buffer, *bytes;
  gsize n;
} Image;

static Image
image_new(const char *header, gsize n_data, gsize shift)
{
  gsize n_header = strlen(header);
  Image image = { .buffer = g_malloc0(8 + n_header + n_data + shift + 64), .n = 8 + n_header + n_data };
  image.bytes = (guint8 *)(((gsize)image.buffer + 63) / 64 * 64) + shift;
  for (int i = 0; i < 8; i++)
    image.bytes[i] = (guint8)(n_header >> (8 * i));
  memcpy(image.bytes + 8, header, n_header);
  for (gsize i = 0; i < n_data; i++)
    image.bytes[8 + n_header + i] = (guint8)i;
  return image;
}

static const struct {
  const char *header;
  gsize n_data;
  const char *detail;
  gint64 position; /* from the end of the header; −1: within it */
} refused[] = {
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,12]}}", 8, "a: its data (0 to 12)", 0 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 8, "a: its data (4 to 12)", 4 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8,
    "a: 8 bytes where its shape needs 12", 0 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "a: its data (8 to 0)", 8 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8, "a: has no data_offsets", -1 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8, "a: has no data_offsets", -1 },
  { "{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "a: unknown element type \"F33\"",
    -1 },
  { "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "a: unknown element type", -1 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "a: dimension 0", -1 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", 8, "a: its shape", -1 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 8, "a: dimension",
    -1 },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, "a: its shape", -1 },
  { "{\"a\":7}", 8, "a: unknown element type", -1 },
  { "[1]", 8, "no object of tensors", -1 },
  { "{", 8, "its header: line 1", -1 },
  { "{\"__metadata__\":7}", 0, "__metadata__ is no object", -1 },
  { "{\"__metadata__\":{\"k\":7}}", 0, "__metadata__ \"k\" is no text", -1 },
  { "{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]},"
    "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
    12, "b: overlaps a", 4 },
  { "{\"b\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
    "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
    12, "a: overlaps b", 4 },
};

static void
test_refused(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    Image image = image_new(refused[i].header, refused[i].n_data, 0);
    SgSafetensors *file;
    SgError error;
    if (sg_safetensors_parse(image.bytes, image.n, &file, &error) != SG_BAD_MODEL)
      g_error("not refused: %s", refused[i].header);
    g_assert_null(file);
    if (strstr(error.detail, refused[i].detail) == NULL)
      g_error("%s: “%s”", refused[i].header, error.detail);
    gint64 data = 8 + (gint64)strlen(refused[i].header);
    if (refused[i].position >= 0)
      g_assert_cmpint(error.position, ==, data + refused[i].position);
    else
      g_assert_cmpint(error.position, <=, data);
    test_assert_status(sg_safetensors_parse(image.bytes, image.n, &file, NULL), SG_BAD_MODEL);
    g_free(image.buffer);
  }
}

/* A file cut anywhere is refused or, where only a later tensor's end is missing, too. */
static void
test_cut(void)
{
  Image image = image_new("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16, 0);
  SgSafetensors *file;
  for (gsize n = 0; n < image.n; n++) {
    g_autofree guint8 *part = g_memdup2(image.bytes, n + 1);
    test_assert_status(sg_safetensors_parse(part, n, &file, NULL), SG_BAD_MODEL);
  }
  test_assert_ok(sg_safetensors_parse(image.bytes, image.n, &file, NULL));
  sg_safetensors_free(file);
  g_free(image.buffer);
}

/* Changed bytes never crash, and what is accepted lies within the file. */
static void
test_changed_bytes(void)
{
  SgRandom random = test_random();
  static const char header[] =
      "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
      "\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[16,22]}}";
  for (int trial = 0; trial < 20000; trial++) {
    Image image = image_new(header, 22, 0);
    for (int i = 0; i <= trial % 3; i++)
      image.bytes[sg_random_below(&random, image.n)] = (guint8)sg_random_below(&random, 256);
    SgSafetensors *file;
    if (sg_safetensors_parse(image.bytes, image.n, &file, NULL) == SG_OK) {
      for (gsize i = 0; i < sg_safetensors_n_tensors(file); i++) {
        const SgTensorView *tensor = sg_safetensors_tensor(file, i);
        g_assert_cmpuint(tensor->offset + tensor->n_bytes, <=, image.n);
        float values[64];
        if (tensor->count <= G_N_ELEMENTS(values))
          sg_tensor_read_floats(tensor, values);
      }
      sg_safetensors_free(file);
    }
    g_free(image.buffer);
  }
}

/* Floats at odd addresses are copied to aligned ones; types that are not floats are stepped over. */
static void
test_misaligned(void)
{
  for (gsize shift = 0; shift < 9; shift++) {
    Image image = image_new("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[3,11]},"
                            "\"n\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                            "\"h\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[11,13]}}",
                            13, shift);
    float expected[2], got[2];
    memcpy(expected, image.bytes + image.n - 10, sizeof expected);
    SgSafetensors *file;
    test_assert_ok(sg_safetensors_parse(image.bytes, image.n, &file, NULL));
    const SgTensorView *a = sg_safetensors_find(file, "a");
    g_assert_cmpuint((gsize)a->data % 4, ==, 0);
    g_assert_true(sg_tensor_read_floats(a, got));
    g_assert_cmpmem(got, sizeof got, expected, sizeof expected);
    g_assert_cmpint(sg_safetensors_find(file, "h")->shape.n_dims, ==, 0);
    g_assert_cmpuint(sg_safetensors_find(file, "h")->count, ==, 1);
    g_assert_false(sg_tensor_read_floats(sg_safetensors_find(file, "n"), got));
    g_assert_null(sg_safetensors_find(file, "m"));
    sg_safetensors_free(file);
    g_free(image.buffer);
  }
}

static double
half_value(guint16 half)
{
  double sign = half & 0x8000 ? -1.0 : 1.0;
  int exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 31)
    return fraction != 0 ? NAN : sign * INFINITY;
  return exponent == 0 ? sign * ldexp(fraction, -24) : sign * ldexp(1024 + fraction, exponent - 25);
}

/* All 16-bit floats there and back; what lies between two goes to the nearer, ties to the even one. */
static void
test_halves(void)
{
  for (guint i = 0; i < 65536; i++) {
    float value = sg_float_from_half((guint16)i);
    double expected = half_value((guint16)i);
    if (isnan(expected)) {
      g_assert_true(isnan(value));
      g_assert_true(isnan(sg_float_from_half(sg_half_from_float(value))));
      continue;
    }
    g_assert_true((double)value == expected && !signbit(value) == !signbit(expected));
    g_assert_cmpuint(sg_half_from_float(value), ==, i);
    float bfloat = sg_float_from_bfloat((guint16)i);
    if (!isnan(bfloat))
      g_assert_cmpuint(sg_bfloat_from_float(bfloat), ==, i);
  }
  for (guint i = 0; i < 0x7bff; i++) {
    double low = half_value((guint16)i), high = half_value((guint16)(i + 1)), middle = 0.5 * (low + high);
    g_assert_cmpuint(sg_half_from_float((float)middle), ==, i % 2 == 0 ? i : i + 1);
    g_assert_cmpuint(sg_half_from_float(nextafterf((float)middle, 0.0f)), ==, i);
    g_assert_cmpuint(sg_half_from_float(-nextafterf((float)middle, 1e9f)), ==, 0x8000 + i + 1);
  }
  g_assert_cmpuint(sg_half_from_float(65519.9f), ==, 0x7bff);
  g_assert_cmpuint(sg_half_from_float(65520.0f), ==, 0x7c00);
  g_assert_cmpuint(sg_half_from_float(1e-9f), ==, 0);
  g_assert_cmpuint(sg_bfloat_from_float(1.00390625f), ==, 0x3f80); /* a tie, to even */
  g_assert_cmpuint(sg_bfloat_from_float(1.01171875f), ==, 0x3f82);
  g_assert_true(isnan(sg_float_from_bfloat(sg_bfloat_from_float(NAN))));
}

static void
test_write(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "weights.safetensors", NULL);
  float a[6] = { 1.0f, -2.5f, 1e-30f, 65504.0f, 3.0f, 0.333333f }, b[33], c[1] = { 4.25f };
  for (int i = 0; i < 33; i++)
    b[i] = 0.01f * (float)i;
  const SgTensorToWrite tensors[] = { { "a.weight", SG_DTYPE_F32, { 2, { 2, 3 } }, a },
                                      { "b", SG_DTYPE_F16, { 1, { 33 } }, b },
                                      { "c", SG_DTYPE_BF16, { 0 }, c } };
  SgJson *metadata = sg_json_object_new();
  sg_json_set_text(metadata, "k", "ü \"v\"");
  test_assert_ok(sg_safetensors_write(path, tensors, 3, metadata, false, NULL));
  test_assert_status(sg_safetensors_write(path, tensors, 3, metadata, false, NULL), SG_EXISTS);
  test_assert_ok(sg_safetensors_write(path, tensors, 3, metadata, true, NULL));
  g_assert_cmpuint(test_folder_count(folder), ==, 1);
  SgSafetensors *file;
  test_assert_ok(sg_safetensors_open(path, &file, NULL));
  g_assert_cmpuint(sg_safetensors_n_tensors(file), ==, 3);
  g_assert_cmpstr(sg_safetensors_metadata(file, "k"), ==, "ü \"v\"");
  g_assert_null(sg_safetensors_metadata(file, "j"));
  for (gsize i = 0; i < 3; i++) {
    const SgTensorView *tensor = sg_safetensors_find(file, tensors[i].name);
    g_assert_true(sg_shape_equal(&tensor->shape, &tensors[i].shape));
    g_assert_cmpint(tensor->dtype, ==, tensors[i].dtype);
    g_assert_cmpuint(tensor->offset % 64, ==, 0);
    g_assert_cmpuint((gsize)tensor->data % 64, ==, 0);
    float values[33];
    double limit = i == 0 ? 0.0 : i == 1 ? 0x1p-11 : 0x1p-8;
    g_assert_true(sg_tensor_read_floats(tensor, values));
    for (gsize k = 0; k < tensor->count; k++)
      g_assert_cmpfloat_with_epsilon(values[k], tensors[i].values[k],
                                     limit * fabs((double)tensors[i].values[k]) + 1e-9);
  }
  sg_safetensors_free(file);
  sg_json_free(metadata);
}

static void
test_paths(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "a", NULL);
  SgSafetensors *file;
  SgError error;
  test_assert_status(sg_safetensors_open(path, &file, &error), SG_NOT_FOUND);
  test_assert_status(sg_safetensors_open(folder, &file, &error), SG_IS_FOLDER);
  test_file_write(path, "", 0);
  test_assert_status(sg_safetensors_open(path, &file, &error), SG_EMPTY_FILE);
  test_file_write(path, "1234567", 7);
  test_assert_status(sg_safetensors_open(path, &file, &error), SG_BAD_MODEL);
  g_assert_cmpstr(error.path, ==, path);
  g_assert_cmpint(error.position, ==, 7);
  const SgTensorToWrite tensor = { "a", SG_DTYPE_F32, { 0 }, (float[]){ 1.0f } };
  test_assert_status(sg_safetensors_write("/proc/nowhere/x", &tensor, 1, NULL, false, &error), SG_NOT_FOUND);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/safetensors/refused", test_refused);
  g_test_add_func("/safetensors/cut", test_cut);
  g_test_add_func("/safetensors/changed-bytes", test_changed_bytes);
  g_test_add_func("/safetensors/misaligned", test_misaligned);
  g_test_add_func("/safetensors/halves", test_halves);
  g_test_add_func("/safetensors/write", test_write);
  g_test_add_func("/safetensors/paths", test_paths);
  return g_test_run();
}
