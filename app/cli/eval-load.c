#include <glib/gi18n.h>
#include <string.h>

#include "app/cli/eval.h"
#include "core/io/decoder.h"
#include "core/session/error.h"

enum { BLOCK_SAMPLES = 16384 };

/* A source and the files that make it up: one, or those of a group. */
typedef struct {
  const char *name;
  GPtrArray *files; /* EvalFile, borrowed */
  SgPcm **sounds;   /* [files->len] */
} Part;

/* All that is decoded for a track, with what they are compared by. */
typedef struct {
  const Eval *eval;
  EvalTrack *track;
  SgProgress progress;
  gpointer user;
  guint n_files, n_decoded;
  GPtrArray *references;  /* Part */
  GPtrArray **estimates;  /* [n_systems] of Part, in any order */
  const char *first_path; /* the file that all others must be like */
  const SgPcm *first;
  const char *longest_path, *shortest_path;
  gint64 longest, shortest;
  GError **error;
} Loading;

static void
part_free(gpointer data)
{
  Part *part = data;
  for (guint i = 0; part->sounds != NULL && i < part->files->len; i++)
    sg_pcm_free(part->sounds[i]);
  g_free(part->sounds);
  g_ptr_array_unref(part->files);
  g_free(part);
}

static const EvalGroup *
group_of(const EvalOptions *options, const char *source)
{
  for (guint i = 0; i < options->groups->len; i++) {
    const EvalGroup *group = options->groups->pdata[i];
    if (g_strv_contains((const char *const *)group->parts, source))
      return group;
  }
  return NULL;
}

static Part *
find_part(const GPtrArray *parts, const char *name)
{
  for (guint i = 0; parts != NULL && i < parts->len; i++) {
    Part *part = parts->pdata[i];
    if (g_str_equal(part->name, name))
      return part;
  }
  return NULL;
}

static gboolean
has_file(const GPtrArray *files, const char *source)
{
  for (guint i = 0; i < files->len; i++)
    if (g_str_equal(((const EvalFile *)files->pdata[i])->source, source))
      return TRUE;
  return FALSE;
}

static int
compare_parts(gconstpointer a, gconstpointer b)
{
  return eval_compare_sources((*(Part *const *)a)->name, (*(Part *const *)b)->name);
}

/* The sources that files make up. A group is the file of its name where there is one, else the sum of its
 * parts. */
static GPtrArray *
parts_of(const EvalOptions *options, const GPtrArray *files)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func(part_free);
  for (guint i = 0; i < files->len; i++) {
    EvalFile *file = files->pdata[i];
    const EvalGroup *group = group_of(options, file->source);
    if (group != NULL && has_file(files, group->name))
      continue;
    const char *name = group != NULL ? group->name : file->source;
    Part *part = find_part(parts, name);
    if (part == NULL) {
      part = g_new0(Part, 1);
      *part = (Part){ .name = name, .files = g_ptr_array_new() };
      g_ptr_array_add(parts, part);
    }
    g_ptr_array_add(part->files, file);
  }
  g_ptr_array_sort(parts, compare_parts);
  return parts;
}

/* A sum of fewer files than the reference's is another thing. */
static gboolean
has_all_files(const Part *estimate, const Part *reference)
{
  const EvalFile *only = estimate->files->pdata[0];
  if (estimate->files->len == 1 && g_str_equal(only->source, estimate->name))
    return TRUE;
  for (guint i = 0; i < reference->files->len; i++)
    if (!has_file(estimate->files, ((const EvalFile *)reference->files->pdata[i])->source))
      return FALSE;
  return TRUE;
}

/* Keeps the estimates that have references, and names those of either kind that lack the other. */
static guint
match_sources(Loading *loading, gsize s)
{
  const EvalFolder *folder = loading->track->estimates[s];
  const EvalSystem *system = loading->eval->options->systems->pdata[s];
  GPtrArray *parts = loading->estimates[s];
  g_autofree char *display = g_filename_display_name(system->folder);
  if (folder == NULL)
    return 0;
  for (guint i = parts->len; i > 0; i--) {
    const Part *part = parts->pdata[i - 1];
    if (find_part(loading->references, part->name) == NULL) {
      eval_warn(loading->track->warnings, _("“%s”: there is no reference for “%s” of “%s”; it is left out."),
                loading->track->name, part->name, display);
      g_ptr_array_remove_index(parts, i - 1);
    }
  }
  for (guint i = 0; i < loading->references->len; i++) {
    const Part *reference = loading->references->pdata[i];
    Part *estimate = find_part(parts, reference->name);
    if (estimate != NULL && !has_all_files(estimate, reference)) {
      g_ptr_array_remove(parts, estimate);
      estimate = NULL;
    }
    if (estimate == NULL)
      eval_warn(loading->track->warnings, _("“%s”: there is no estimate of “%s” in “%s”."),
                loading->track->name, reference->name, display);
  }
  return parts->len;
}

static gboolean
find_parts(Loading *loading)
{
  const EvalOptions *options = loading->eval->options;
  gsize n_systems = options->systems->len;
  guint n_matched = 0;
  loading->references = parts_of(options, loading->track->references->files);
  loading->estimates = g_new0(GPtrArray *, n_systems + 1);
  for (gsize s = 0; s < n_systems; s++) {
    const EvalFolder *folder = loading->track->estimates[s];
    loading->estimates[s] = folder != NULL ? parts_of(options, folder->files) : NULL;
    n_matched += match_sources(loading, s);
  }
  if (n_systems > 0 && n_matched == 0) {
    g_set_error(loading->error, SG_ENGINE_ERROR, SG_NOT_FOUND,
                _("“%s”: no source has a reference and an estimate."), loading->track->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
refuse(const Loading *loading, const char *path, const char *value, const char *first_value)
{
  g_autofree char *first = g_filename_display_name(loading->first_path);
  g_autofree char *other = g_filename_display_name(path);
  g_set_error(loading->error, SG_ENGINE_ERROR, SG_BAD_FORMAT,
              _("“%s” has %s, but “%s” has %s; what is compared must agree in this."), first, first_value,
              other, value);
  return FALSE;
}

static char *
dup_channels(guint n)
{
  return g_strdup_printf(ngettext("%u channel", "%u channels", n), n);
}

/* Whether the file can be compared with the first. Lengths are compared when all are known. */
static gboolean
check_format(Loading *loading, const char *path, const SgPcm *pcm)
{
  guint rate_hz = sg_pcm_rate(pcm), n_channels = sg_pcm_n_channels(pcm);
  gint64 n = sg_pcm_n_samples(pcm);
  if (loading->first == NULL) {
    loading->first = pcm;
    loading->first_path = loading->longest_path = loading->shortest_path = path;
    loading->longest = loading->shortest = n;
  }
  guint first_rate_hz = sg_pcm_rate(loading->first), first_channels = sg_pcm_n_channels(loading->first);
  if (rate_hz != first_rate_hz) {
    g_autofree char *value = g_strdup_printf("%u Hz", rate_hz);
    g_autofree char *first = g_strdup_printf("%u Hz", first_rate_hz);
    return refuse(loading, path, value, first);
  }
  if (n_channels != first_channels) {
    g_autofree char *value = dup_channels(n_channels), *first = dup_channels(first_channels);
    return refuse(loading, path, value, first);
  }
  if (n > loading->longest) {
    loading->longest = n;
    loading->longest_path = path;
  }
  if (n < loading->shortest) {
    loading->shortest = n;
    loading->shortest_path = path;
  }
  return TRUE;
}

static gboolean
check_lengths(Loading *loading)
{
  gint64 difference = loading->longest - loading->shortest;
  g_autofree char *longest = g_filename_display_name(loading->longest_path);
  g_autofree char *shortest = g_filename_display_name(loading->shortest_path);
  if (difference > loading->eval->options->trim) {
    g_set_error(
        loading->error, SG_ENGINE_ERROR, SG_BAD_FORMAT,
        _("“%s” has %lld samples, but “%s” has %lld; what is compared must be of one length (--trim %lld "
          "cuts the longer files)."),
        longest, (long long)loading->longest, shortest, (long long)loading->shortest, (long long)difference);
    return FALSE;
  }
  loading->track->n_trimmed = difference;
  if (difference > 0)
    eval_warn(loading->track->warnings, _("“%s”: cut to the %lld samples of “%s”; “%s” has %lld more."),
              loading->track->name, (long long)loading->shortest, shortest, longest, (long long)difference);
  return TRUE;
}

/* A file's progress as that of the whole track's files. */
static bool
on_decode(double fraction, const char *stage, void *user)
{
  Loading *loading = user;
  return loading->progress((loading->n_decoded + fraction) / loading->n_files, "decode", loading->user);
}

static void
warn_truncated(Loading *loading, const char *path, const SgDecodeReport *report)
{
  g_autofree char *display = g_filename_display_name(path);
  if (report->truncated)
    eval_warn(loading->track->warnings, _("“%s” ends early: %lld samples are there and were used."), display,
              (long long)report->info.n_samples);
}

static SgPcm *
decode(Loading *loading, const char *path)
{
  SgPcm *pcm = NULL;
  SgDecodeReport report;
  SgError error;
  if (sg_decode_file(path, loading->eval->options->strict, NULL, on_decode, loading, &pcm, &report, &error) !=
      SG_OK) {
    sg_error_propagate(loading->error, &error);
    return NULL;
  }
  loading->n_decoded++;
  warn_truncated(loading, path, &report);
  if (!check_format(loading, path, pcm))
    g_clear_pointer(&pcm, sg_pcm_free);
  return pcm;
}

static gboolean
decode_parts(Loading *loading, GPtrArray *parts)
{
  for (guint i = 0; parts != NULL && i < parts->len; i++) {
    Part *part = parts->pdata[i];
    part->sounds = g_new0(SgPcm *, part->files->len);
    for (guint k = 0; k < part->files->len; k++) {
      part->sounds[k] = decode(loading, ((const EvalFile *)part->files->pdata[k])->path);
      if (part->sounds[k] == NULL)
        return FALSE;
    }
  }
  return TRUE;
}

static guint
count_files(const GPtrArray *parts)
{
  guint n = 0;
  for (guint i = 0; parts != NULL && i < parts->len; i++)
    n += ((const Part *)parts->pdata[i])->files->len;
  return n;
}

static gboolean
decode_all(Loading *loading, const char *mixture_path, SgPcm **out_mixture)
{
  gsize n_systems = loading->eval->options->systems->len;
  loading->n_files = count_files(loading->references) + (mixture_path != NULL);
  for (gsize s = 0; s < n_systems; s++)
    loading->n_files += count_files(loading->estimates[s]);
  if (!decode_parts(loading, loading->references))
    return FALSE;
  for (gsize s = 0; s < n_systems; s++)
    if (!decode_parts(loading, loading->estimates[s]))
      return FALSE;
  if (mixture_path != NULL && (*out_mixture = decode(loading, mixture_path)) == NULL)
    return FALSE;
  return check_lengths(loading);
}

/* Adds `n` samples of every sound at `at` into `sum`, interleaved. */
static SgStatus
add_block(SgPcm *const *sounds, guint n_sounds, gint64 at, gint64 n, float *samples, float *sum,
          SgError *error)
{
  guint n_channels = sg_pcm_n_channels(sounds[0]);
  float *channels[SG_MAX_CHANNELS];
  for (guint c = 0; c < n_channels; c++)
    channels[c] = samples + (gsize)c * BLOCK_SAMPLES;
  memset(sum, 0, (gsize)n * n_channels * sizeof *sum);
  for (guint i = 0; i < n_sounds; i++) {
    SgStatus status = sg_pcm_read(sounds[i], at, n, channels, error);
    if (status != SG_OK)
      return status;
    for (gint64 k = 0; k < n; k++)
      for (guint c = 0; c < n_channels; c++)
        sum[k * n_channels + c] += channels[c][k];
  }
  return SG_OK;
}

/* The first `n_samples` of the sum of sounds. */
static SgStatus
sum_sounds(const Loading *loading, SgPcm *const *sounds, guint n_sounds, gint64 n_samples, SgPcm **out_sum,
           SgError *error)
{
  guint n_channels = sg_pcm_n_channels(sounds[0]);
  g_autofree float *samples = g_new(float, (gsize)n_channels *BLOCK_SAMPLES);
  g_autofree float *block = g_new(float, (gsize)n_channels *BLOCK_SAMPLES);
  SgPcm *sum = NULL;
  SgStatus status =
      sg_pcm_new(sg_pcm_rate(sounds[0]), n_channels, SG_PCM_FLOAT, n_samples, NULL, &sum, error);
  for (gint64 at = 0; status == SG_OK && at < n_samples; at += BLOCK_SAMPLES) {
    gint64 n = MIN(BLOCK_SAMPLES, n_samples - at);
    status = loading->progress(1.0, "decode", loading->user) ? SG_OK
                                                             : sg_error_set(error, SG_CANCELLED, NULL, NULL);
    if (status == SG_OK)
      status = add_block(sounds, n_sounds, at, n, samples, block, error);
    if (status == SG_OK)
      status = sg_pcm_append(sum, block, n, error);
  }
  if (status != SG_OK)
    g_clear_pointer(&sum, sg_pcm_free);
  *out_sum = sum;
  return status;
}

/* Takes a part's sound: as it is when it is one of the right length, else the sum, cut. NULL with the error
 * set. */
static SgPcm *
take(const Loading *loading, SgPcm **sounds, guint n_sounds)
{
  SgError error;
  SgPcm *sum;
  if (n_sounds == 1 && sg_pcm_n_samples(sounds[0]) == loading->shortest)
    return g_steal_pointer(&sounds[0]);
  if (sum_sounds(loading, sounds, n_sounds, loading->shortest, &sum, &error) != SG_OK)
    sg_error_propagate(loading->error, &error);
  for (guint i = 0; i < n_sounds; i++)
    g_clear_pointer(&sounds[i], sg_pcm_free);
  return sum;
}

static gboolean
take_all(const Loading *loading, SgPcm **mixture, EvalSounds *out_sounds)
{
  gsize n_sources = loading->references->len, n_systems = loading->eval->options->systems->len;
  out_sounds->n_sources = n_sources;
  out_sounds->sources = g_new0(char *, n_sources + 1);
  out_sounds->references = g_new0(SgPcm *, n_sources);
  out_sounds->estimates = g_new0(SgPcm *, n_sources * n_systems + 1);
  for (gsize j = 0; j < n_sources; j++) {
    Part *reference = loading->references->pdata[j];
    out_sounds->sources[j] = g_strdup(reference->name);
    out_sounds->references[j] = take(loading, reference->sounds, reference->files->len);
    if (out_sounds->references[j] == NULL)
      return FALSE;
    for (gsize s = 0; s < n_systems; s++) {
      Part *estimate = find_part(loading->estimates[s], reference->name);
      if (estimate != NULL) {
        SgPcm *sound = take(loading, estimate->sounds, estimate->files->len);
        out_sounds->estimates[s * n_sources + j] = sound;
        if (sound == NULL)
          return FALSE;
      }
    }
  }
  if (*mixture == NULL)
    return TRUE;
  out_sounds->mixture = take(loading, mixture, 1);
  return out_sounds->mixture != NULL;
}

gboolean
eval_load_track(const Eval *eval, EvalTrack *track, SgProgress progress, gpointer user,
                EvalSounds *out_sounds, GError **error)
{
  gsize n_systems = eval->options->systems->len;
  const char *mixture_path =
      eval->options->mixture != NULL ? eval->options->mixture : track->references->mixture;
  Loading loading = { .eval = eval, .track = track, .progress = progress, .user = user, .error = error };
  SgPcm *mixture = NULL;
  *out_sounds = (EvalSounds){ 0 };
  gboolean ok = find_parts(&loading) && decode_all(&loading, mixture_path, &mixture) &&
                take_all(&loading, &mixture, out_sounds);
  if (!ok)
    eval_sounds_clear(out_sounds, n_systems);
  sg_pcm_free(mixture);
  g_clear_pointer(&loading.references, g_ptr_array_unref);
  for (gsize s = 0; s < n_systems; s++)
    g_clear_pointer(&loading.estimates[s], g_ptr_array_unref);
  g_free(loading.estimates);
  return ok;
}

void
eval_sounds_clear(EvalSounds *sounds, gsize n_systems)
{
  for (gsize j = 0; sounds->references != NULL && j < sounds->n_sources; j++)
    sg_pcm_free(sounds->references[j]);
  for (gsize i = 0; sounds->estimates != NULL && i < sounds->n_sources * n_systems; i++)
    sg_pcm_free(sounds->estimates[i]);
  sg_pcm_free(sounds->mixture);
  g_free(sounds->references);
  g_free(sounds->estimates);
  g_strfreev(sounds->sources);
  *sounds = (EvalSounds){ 0 };
}
