#include "core/train/train-config.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/graph-json.h"
#include "core/nn/zoo/zoo.h"
#include "core/train/train-net.h"

static const SgTrainConfig STANDARD = {
  .net = "cnn-unet",
  .valid_share = 0.2,
  .rate_hz = 44100,
  .n_channels = 2,
  .fft_size = 4096,
  .n_frames = 128,
  .batch_size = 8,
  .mix_probability = 0.5,
  .loss = { SG_LOSS_MAE, 0.05 },
  .normalisation = "none",
  .output = "magnitude",
  .history = 50,
  .lbfgs_batches = 8,
  .ridge_lambda = 1e-3,
  .rate = 1e-3,
  .schedule = SG_SCHEDULE_COSINE,
  .warm_up = 20,
  .clip = 1.0,
  .n_steps = 0,
  .minutes = 20.0,
  .look_every = 100,
  .n_valid_batches = 16,
  .seed = 1,
  .n_loaders = 1,
};

/* An entry that is one number or truth: where it goes and what it may be. */
typedef struct {
  const char *name;
  SgJsonKind kind; /* SG_JSON_NUMBER with `integer`, SG_JSON_BOOL */
  bool integer;
  size_t offset;
  double minimum, maximum;
} Entry;

#define INTEGER(name, field, low, high)                                                                      \
  {                                                                                                          \
    name, SG_JSON_NUMBER, true, offsetof(SgTrainConfig, field), low, high                                    \
  }
#define NUMBER(name, field, low, high)                                                                       \
  {                                                                                                          \
    name, SG_JSON_NUMBER, false, offsetof(SgTrainConfig, field), low, high                                   \
  }
#define TRUTH(name, field)                                                                                   \
  {                                                                                                          \
    name, SG_JSON_BOOL, false, offsetof(SgTrainConfig, field), 0, 1                                          \
  }

static const Entry entries[] = {
  INTEGER("hidden", hidden, 2, 8192),
  INTEGER("layers", layers, 1, 16),
  INTEGER("width", width, 1, 1024),
  INTEGER("depth", depth, 1, 10),
  INTEGER("context", context, 1, 15),
  INTEGER("recurrent", recurrent, 0, 16),
  INTEGER("bins_in", n_bins_in, 1, 32769),
  INTEGER("segment", segment, 1, 4096),
  INTEGER("window", window, 2, 16777216),
  NUMBER("dropout", dropout, 0, 0.9),
  TRUTH("compressed", compressed),
  TRUTH("plain", plain),
  TRUTH("linear", linear),
  TRUTH("one_way", one_way),
  TRUTH("skip_bad", skip_bad),
  TRUTH("missing_is_silent", missing_is_silent),
  NUMBER("valid_share", valid_share, 0, 0.9),
  NUMBER("crop_s", crop_s, 0, 1e6),
  INTEGER("rate_hz", rate_hz, 4000, 192000),
  INTEGER("channels", n_channels, 1, 2),
  INTEGER("fft_size", fft_size, 64, 65536),
  INTEGER("frames", n_frames, 2, 65536),
  INTEGER("batch", batch_size, 1, 4096),
  NUMBER("mix_probability", mix_probability, 0, 1),
  NUMBER("absent_probability", absent_probability, 0, 1),
  NUMBER("gamma", loss.gamma, 0, 0.99),
  NUMBER("rate", rate, 1e-9, 10),
  NUMBER("minimum_rate", minimum_rate, 0, 10),
  NUMBER("weight_decay", optimiser.weight_decay, 0, 1),
  NUMBER("momentum", optimiser.momentum, 0, 0.9999),
  NUMBER("epsilon", optimiser.epsilon, 0, 1),
  TRUTH("nesterov", optimiser.nesterov),
  INTEGER("history", history, 1, 1000),
  NUMBER("lambda", ridge_lambda, 1e-12, 1e6),
  INTEGER("batches", lbfgs_batches, 1, 100000),
  INTEGER("warm_up", warm_up, 0, 1000000),
  NUMBER("clip", clip, 0, 1e9),
  NUMBER("average", average_decay, 0, 0.999999),
  INTEGER("steps", n_steps, 1, 1e12),
  NUMBER("minutes", minutes, 0.01, 1e6),
  INTEGER("look_every", look_every, 1, 1e9),
  INTEGER("valid_batches", n_valid_batches, 0, 1e6),
  INTEGER("early_stop", early_stop, 0, 1e6),
  INTEGER("seed", seed, 0, 1e15),
  INTEGER("threads", n_threads, 0, 256),
  INTEGER("loaders", n_loaders, 1, 64),
};

static SgStatus
refuse(SgError *error, const char *name, const char *expected)
{
  char detail[SG_ERROR_DETAIL_SIZE];
  snprintf(detail, sizeof detail, "%s: expected %s", name, expected);
  return sg_error_set(error, SG_BAD_ARGUMENT, NULL, detail);
}

static SgStatus
read_entry(const Entry *entry, const SgJsonValue *value, SgTrainConfig *config, SgError *error)
{
  char *field = (char *)config + entry->offset, expected[80];
  double number = 0.0;
  if (entry->kind == SG_JSON_BOOL)
    return sg_json_read_bool(value, (bool *)field) ? SG_OK : refuse(error, entry->name, "true or false");
  snprintf(expected, sizeof expected, "%s %g to %g", entry->integer ? "an integer," : "a number,",
           entry->minimum, entry->maximum);
  if (entry->integer)
    return sg_json_read_integer(value, (int64_t)entry->minimum, (int64_t)entry->maximum, (int64_t *)field)
               ? SG_OK
               : refuse(error, entry->name, expected);
  if (!sg_json_read_number(value, &number) || !(number >= entry->minimum && number <= entry->maximum))
    return refuse(error, entry->name, expected);
  *(double *)field = number;
  return SG_OK;
}

/* Text that fits into `size`. */
static bool
read_text(const SgJsonValue *value, char *out, size_t size)
{
  const char *text = sg_json_text(value);
  if (text == NULL || strlen(text) >= size)
    return false;
  memcpy(out, text, strlen(text) + 1);
  return true;
}

/* A list of exactly n numbers. */
static bool
read_numbers(const SgJsonValue *value, size_t n, double *out)
{
  if (sg_json_kind(value) != SG_JSON_ARRAY || sg_json_size(value) != n)
    return false;
  for (size_t i = 0; i < n; i++)
    if (!sg_json_read_number(sg_json_at(value, i), &out[i]))
      return false;
  return true;
}

static SgStatus
read_datasets(const SgJsonValue *value, SgTrainConfig *config, SgError *error)
{
  size_t n = sg_json_size(value);
  if (sg_json_kind(value) != SG_JSON_ARRAY || n < 1 || n > SG_TRAIN_MAX_DATASETS)
    return refuse(error, "datasets", "a list of 1 to 8");
  for (size_t i = 0; i < n; i++) {
    const SgJsonValue *item = sg_json_at(value, i), *layout = sg_json_get(item, "layout");
    SgTrainDataset *dataset = &config->datasets[i];
    *dataset = (SgTrainDataset){ .weight = 1.0 };
    if (!read_text(sg_json_get(item, "folder"), dataset->folder, sizeof dataset->folder))
      return refuse(error, "datasets", "a \"folder\" in each");
    if (layout != NULL &&
        (sg_json_text(layout) == NULL || !sg_layout_find(sg_json_text(layout), &dataset->layout)))
      return refuse(error, "datasets", "a layout that is known");
    if (sg_json_get(item, "weight") != NULL &&
        (!sg_json_read_number(sg_json_get(item, "weight"), &dataset->weight) || !(dataset->weight > 0.0)))
      return refuse(error, "datasets", "a weight above 0");
    const SgJsonValue *weights = sg_json_get(item, "stem_weights");
    for (size_t t = 0; t < SG_TRAIN_MAX_TARGETS; t++)
      dataset->target_weights[t] = -1.0;
    if (weights != NULL && (sg_json_size(weights) > SG_TRAIN_MAX_TARGETS ||
                            !read_numbers(weights, sg_json_size(weights), dataset->target_weights)))
      return refuse(error, "datasets", "as many numbers in \"stem_weights\" as targets");
  }
  config->n_datasets = n;
  return SG_OK;
}

/* A list of texts of `size` each. */
static SgStatus
read_texts(const SgJsonValue *value, const char *name, char *out, size_t size, size_t most, size_t *out_n,
           SgError *error)
{
  size_t n = sg_json_size(value);
  if (sg_json_kind(value) != SG_JSON_ARRAY || n > most)
    return refuse(error, name, "a list of names");
  for (size_t i = 0; i < n; i++)
    if (!read_text(sg_json_at(value, i), out + i * size, size))
      return refuse(error, name, "a list of names");
  *out_n = n;
  return SG_OK;
}

static SgStatus
read_augment(const SgJsonValue *value, SgAugmentConfig *augment, SgError *error)
{
  double numbers[3];
  for (const char *name = sg_json_next_name(value, NULL); name != NULL;
       name = sg_json_next_name(value, name)) {
    const SgJsonValue *item = sg_json_get(value, name);
    bool good = false;
    if (strcmp(name, "gain_db") == 0 && (good = read_numbers(item, 2, numbers))) {
      augment->gain_min_db = numbers[0];
      augment->gain_max_db = numbers[1];
    } else if (strcmp(name, "speed") == 0 && (good = read_numbers(item, 3, numbers))) {
      augment->speed_probability = numbers[0];
      augment->speed_min = numbers[1];
      augment->speed_max = numbers[2];
    } else if (strcmp(name, "eq") == 0 && (good = read_numbers(item, 2, numbers))) {
      augment->eq_probability = numbers[0];
      augment->eq_max_db = numbers[1];
    } else if (strcmp(name, "polarity") == 0) {
      good = sg_json_read_number(item, &augment->polarity_probability);
    } else if (strcmp(name, "swap") == 0) {
      good = sg_json_read_number(item, &augment->swap_probability);
    } else if (strcmp(name, "shift") == 0) {
      good = sg_json_read_number(item, &augment->shift_probability);
    }
    if (!good)
      return refuse(error, "augment", "gain_db [2], speed [3], eq [2], polarity, swap, shift");
  }
  const char *wrong = sg_augment_bad_value(augment);
  return wrong == NULL ? SG_OK : refuse(error, "augment", wrong);
}

static SgStatus
read_optimiser(const char *text, SgTrainConfig *config, SgError *error)
{
  SgOptimiserKind kind;
  config->mode = text != NULL && strcmp(text, "lbfgs") == 0   ? SG_TRAIN_BY_LBFGS
                 : text != NULL && strcmp(text, "ridge") == 0 ? SG_TRAIN_BY_RIDGE
                                                              : SG_TRAIN_BY_STEPS;
  if (config->mode != SG_TRAIN_BY_STEPS)
    return SG_OK;
  if (text == NULL || !sg_optimiser_find(text, &kind))
    return refuse(error, "optimiser", "adam, adamw, sgd, lbfgs or ridge");
  config->optimiser = sg_optimiser_standard(kind);
  return SG_OK;
}

static SgStatus
read_schedule(const char *text, SgTrainConfig *config, SgError *error)
{
  config->plateau = text != NULL && strcmp(text, "plateau") == 0;
  if (config->plateau || (text != NULL && strcmp(text, "constant") == 0))
    config->schedule = SG_SCHEDULE_CONSTANT;
  else if (text != NULL && strcmp(text, "cosine") == 0)
    config->schedule = SG_SCHEDULE_COSINE;
  else
    return refuse(error, "schedule", "cosine, constant or plateau");
  return SG_OK;
}

static SgStatus
read_net(const SgJsonValue *value, SgTrainConfig *config, SgError *error)
{
  const char *text = sg_json_text(value);
  return text != NULL && sg_train_net_known(text) && read_text(value, config->net, sizeof config->net)
             ? SG_OK
             : refuse(error, "net",
                      "umx, cnn-unet, band-unet, dnn, drnn, wvpnn, cvpnn, wave-unet, ensemble-ffn");
}

/* What a band-unet sees and gives. */
static void
state_band_unet(SgTrainConfig *config)
{
  strcpy(config->output, "mask");
  strcpy(config->channel_form, config->n_channels == 2 ? "mid-side" : "");
  config->bands = sg_zoo_band_unet_bands();
  config->reach_frames = SG_ZOO_BAND_UNET_REACH;
}

static SgStatus
read_bands(const SgJsonValue *value, SgTrainConfig *config, SgError *error)
{
  int64_t single, width, count;
  if (!sg_json_read_integer(sg_json_get(value, "single"), 0, 65536, &single) ||
      !sg_json_read_integer(sg_json_get(value, "width"), 1, 65536, &width) ||
      !sg_json_read_integer(sg_json_get(value, "count"), 1, 65536, &count))
    return refuse(error, "bands", "\"single\", \"width\" and \"count\"");
  config->bands = (SgModelBands){ (uint32_t)single, (uint32_t)width, (uint32_t)count };
  return SG_OK;
}

/* The entries that are not one number or truth. */
static SgStatus
read_special(const char *name, const SgJsonValue *value, SgTrainConfig *config, SgError *error)
{
  const char *text = sg_json_text(value);
  if (strcmp(name, "net") == 0)
    return read_net(value, config, error);
  if (strcmp(name, "graph") == 0) {
    config->graph = sg_json_share(value);
    return config->graph != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  if (strcmp(name, "datasets") == 0)
    return read_datasets(value, config, error);
  if (strcmp(name, "targets") == 0)
    return read_texts(value, name, config->targets[0], sizeof config->targets[0], SG_TRAIN_MAX_TARGETS,
                      &config->n_targets, error);
  if (strcmp(name, "valid_songs") == 0)
    return read_texts(value, name, config->valid_songs[0], sizeof config->valid_songs[0], SG_TRAIN_MAX_SONGS,
                      &config->n_valid_songs, error);
  if (strcmp(name, "test_songs") == 0)
    return read_texts(value, name, config->test_songs[0], sizeof config->test_songs[0], SG_TRAIN_MAX_SONGS,
                      &config->n_test_songs, error);
  if (strcmp(name, "augment") == 0)
    return read_augment(value, &config->augment, error);
  if (strcmp(name, "loss") == 0)
    return text != NULL && sg_loss_find(text, &config->loss.kind)
               ? SG_OK
               : refuse(
                     error, name,
                     "mse, mae, kl, discriminative, difference, wave-l1, si-sdr, complex-l1 or complex-l2");
  if (strcmp(name, "normalisation") == 0)
    return text != NULL && (strcmp(text, "none") == 0 || strcmp(text, "peak") == 0) &&
                   read_text(value, config->normalisation, sizeof config->normalisation)
               ? SG_OK
               : refuse(error, name, "none or peak");
  if (strcmp(name, "output") == 0)
    return text != NULL && (strcmp(text, "magnitude") == 0 || strcmp(text, "mask") == 0) &&
                   read_text(value, config->output, sizeof config->output)
               ? SG_OK
               : refuse(error, name, "magnitude or mask");
  if (strcmp(name, "channel_form") == 0)
    return text != NULL && (strcmp(text, "left-right") == 0 || strcmp(text, "mid-side") == 0) &&
                   read_text(value, config->channel_form, sizeof config->channel_form)
               ? SG_OK
               : refuse(error, name, "left-right or mid-side");
  if (strcmp(name, "start") == 0)
    return read_text(value, config->start, sizeof config->start) ? SG_OK : refuse(error, name, "a file");
  if (strcmp(name, "bands") == 0)
    return read_bands(value, config, error);
  if (strcmp(name, "level_db") == 0) {
    config->levels = sg_json_read_number(value, &config->level_db) && fabs(config->level_db) <= 60.0;
    return config->levels ? SG_OK : refuse(error, name, "a number, -60 to 60");
  }
  if (strcmp(name, "about") == 0)
    return SG_OK; /* what people should know of the settings, free in form */
  if (strcmp(name, "optimiser") == 0)
    return SG_OK; /* read before all others, which change its values */
  if (strcmp(name, "schedule") == 0)
    return read_schedule(text, config, error);
  return refuse(error, name, "no entry of this name");
}

static SgStatus
read_all(const SgJsonValue *json, SgTrainConfig *config, SgError *error)
{
  const SgJsonValue *optimiser = sg_json_get(json, "optimiser");
  SgStatus status = read_optimiser(optimiser != NULL ? sg_json_text(optimiser) : "adam", config, error);
  for (const char *name = sg_json_next_name(json, NULL); name != NULL && status == SG_OK;
       name = sg_json_next_name(json, name)) {
    const Entry *entry = NULL;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
      entry = strcmp(entries[i].name, name) == 0 ? &entries[i] : entry;
    status = entry != NULL ? read_entry(entry, sg_json_get(json, name), config, error)
                           : read_special(name, sg_json_get(json, name), config, error);
  }
  if (config->graph == NULL && strcmp(config->net, "band-unet") == 0)
    state_band_unet(config);
  if (status == SG_OK && config->n_datasets == 0)
    status = refuse(error, "datasets", "at least one");
  if (status == SG_OK && config->n_targets == 0)
    status = refuse(error, "targets", "at least one source");
  if (status == SG_OK && config->fft_size % 4 != 0)
    status = refuse(error, "fft_size", "a multiple of 4");
  return status;
}

SgStatus
sg_train_config_new(const SgJsonValue *json, SgTrainConfig **out_config, SgError *error)
{
  *out_config = NULL;
  if (sg_json_kind(json) != SG_JSON_OBJECT)
    return refuse(error, "settings", "a JSON object");
  SgTrainConfig *config = SG_NEW(SgTrainConfig, 1);
  SgJson *whole = sg_json_share(json);
  if (config == NULL || whole == NULL ||
      (*config = STANDARD, config->text = sg_json_dup_text(whole, false)) == NULL) {
    sg_json_free(whole);
    sg_train_config_free(config);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  sg_json_free(whole);
  SgStatus status = read_all(json, config, error);
  if (status != SG_OK) {
    sg_train_config_free(config);
    return status;
  }
  *out_config = config;
  return SG_OK;
}

void
sg_train_config_free(SgTrainConfig *config)
{
  if (config == NULL)
    return;
  sg_json_free(config->graph);
  free(config->text);
  sg_free(config);
}

SgStatus
sg_train_config_graph(const SgTrainConfig *config, SgGraph **out_graph, SgError *error)
{
  if (config->graph != NULL)
    return sg_graph_from_json(sg_json_root(config->graph), out_graph, error);
  return sg_train_net_build(config, out_graph, error);
}
