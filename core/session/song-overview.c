#include "core/session/song-overview.h"

#include <math.h>
#include <string.h>

enum {
  PIECE_COLUMNS = 128,
  FRAMES_PER_COLUMN = 4,
  READ_SAMPLES = 16384,
  /* Masks come in many small steps; a column is looked at again at most this often. */
  INVALIDATE_INTERVAL_MS = 250,
};

typedef enum { IS_DIRTY, IS_RUNNING, IS_DONE } State;

struct _SgSongOverview {
  GObject parent_instance;

  SgTrack *track;
  SgMaskSet *mask_set;
  SgRenderSettings settings;
  float peaks[SG_OVERVIEW_COLUMNS];
  guint hop;
  float *hop_peaks;      /* [n_hops]; given to all_hop_peaks when every column has been looked at */
  GBytes *all_hop_peaks; /* or NULL */
  State peak_states[SG_OVERVIEW_COLUMNS];
  guint n_sources;
  float *shares; /* [SG_OVERVIEW_COLUMNS][n_sources] */
  State share_states[SG_OVERVIEW_COLUMNS];
  gboolean is_running;
  GCancellable *cancellable; /* of the piece that is being computed */
  guint timeout;
};

G_DEFINE_FINAL_TYPE(SgSongOverview, sg_song_overview, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* One kind of figure of some columns, in the hands of a worker. */
typedef struct {
  SgTrack *track;
  SgMaskSet *mask_set; /* NULL: peaks are wanted, else shares */
  SgRenderSettings settings;
  guint n_columns;
  guint columns[PIECE_COLUMNS];
  guint n_sources;
  guint hop;
  gint64 first_hop, n_hops;
  float *hop_peaks; /* [n_hops] of first_hop …, as far as these columns reach */
  float *values;    /* [n_columns], or [n_columns][n_sources] */
  gboolean is_known[PIECE_COLUMNS];
} Piece;

static void
piece_free(gpointer data)
{
  Piece *piece = data;
  g_clear_object(&piece->track);
  g_clear_object(&piece->mask_set);
  g_free(piece->values);
  g_free(piece->hop_peaks);
  g_free(piece);
}

static void
abandon(SgSongOverview *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel(self->cancellable);
  g_clear_object(&self->cancellable);
}

static void
sg_song_overview_dispose(GObject *object)
{
  SgSongOverview *self = SG_SONG_OVERVIEW(object);
  abandon(self);
  g_clear_handle_id(&self->timeout, g_source_remove);
  g_clear_object(&self->track);
  g_clear_object(&self->mask_set);
  G_OBJECT_CLASS(sg_song_overview_parent_class)->dispose(object);
}

static void
sg_song_overview_finalize(GObject *object)
{
  SgSongOverview *self = SG_SONG_OVERVIEW(object);
  g_free(self->shares);
  g_free(self->hop_peaks);
  g_clear_pointer(&self->all_hop_peaks, g_bytes_unref);
  G_OBJECT_CLASS(sg_song_overview_parent_class)->finalize(object);
}

static void
sg_song_overview_class_init(SgSongOverviewClass *klass)
{
  G_OBJECT_CLASS(klass)->dispose = sg_song_overview_dispose;
  G_OBJECT_CLASS(klass)->finalize = sg_song_overview_finalize;
  signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
}

static void
sg_song_overview_init(SgSongOverview *self)
{
  self->settings = SG_RENDER_SETTINGS_NATURAL;
}

SgSongOverview *
sg_song_overview_new(void)
{
  return g_object_new(SG_TYPE_SONG_OVERVIEW, NULL);
}

/* In the worker's thread */

static gint64
column_start(gint64 n_samples, guint column)
{
  return (gint64)((double)n_samples * column / SG_OVERVIEW_COLUMNS);
}

/* The largest magnitude; as whole numbers, whose order is the same, because the compiler makes these
 * parallel. */
static float
largest(const float *samples, gint64 n, float floor)
{
  gint32 bits, most;
  memcpy(&most, &floor, sizeof most);
  for (gint64 i = 0; i < n; i++) {
    memcpy(&bits, &samples[i], sizeof bits);
    bits &= 0x7fffffff;
    most = bits > most ? bits : most;
  }
  memcpy(&floor, &most, sizeof floor);
  return floor;
}

/* Also notes what the column has of each hop. */
static gboolean
find_peak(Piece *piece, guint column, float *const *channels, GCancellable *cancellable, float *out_peak)
{
  const SgPcm *pcm = sg_track_get_pcm(piece->track);
  gint64 n_samples = sg_pcm_n_samples(pcm);
  gint64 at = column_start(n_samples, column);
  gint64 end = MIN(MAX(column_start(n_samples, column + 1), at + 1), n_samples);
  while (at < end) {
    gint64 n = MIN(READ_SAMPLES, end - at);
    if (g_cancellable_is_cancelled(cancellable) || sg_pcm_read(pcm, at, n, channels, NULL) != SG_OK)
      return FALSE;
    for (gint64 i = 0; i < n;) {
      gint64 hop = (at + i) / piece->hop, next = MIN((hop + 1) * piece->hop - at, n);
      float *peak = &piece->hop_peaks[hop - piece->first_hop], most = 0.0f;
      for (guint c = 0; c < sg_pcm_n_channels(pcm); c++)
        most = largest(channels[c] + i, next - i, most);
      *peak = MAX(*peak, most);
      *out_peak = MAX(*out_peak, most);
      i = next;
    }
    at += n;
  }
  return TRUE;
}

static void
run_peaks(Piece *piece, GCancellable *cancellable)
{
  const SgPcm *pcm = sg_track_get_pcm(piece->track);
  float *channels[SG_MAX_CHANNELS] = { NULL };
  gint64 n_samples = sg_pcm_n_samples(pcm);
  gint64 end = column_start(n_samples, piece->columns[piece->n_columns - 1] + 1);
  piece->first_hop = column_start(n_samples, piece->columns[0]) / piece->hop;
  piece->n_hops = end / piece->hop - piece->first_hop + 1;
  piece->hop_peaks = g_new0(float, piece->n_hops);
  for (guint c = 0; c < sg_pcm_n_channels(pcm); c++)
    channels[c] = g_new(float, READ_SAMPLES);
  for (guint i = 0; i < piece->n_columns; i++)
    piece->is_known[i] = find_peak(piece, piece->columns[i], channels, cancellable, &piece->values[i]);
  for (guint c = 0; c < sg_pcm_n_channels(pcm); c++)
    g_free(channels[c]);
}

static gboolean
is_separated(SgMaskSet *mask_set, gint64 frame)
{
  const SgMaskStore *masks = sg_separation_masks(sg_mask_set_get_separation(mask_set));
  return sg_mask_store_is_ready(masks, frame / sg_mask_store_shape(masks)->chunk_frames);
}

/* out_shares[n_sources] of the energy of the column's frames. */
static gboolean
find_shares(const Piece *piece, SgRenderWork *work, guint column, float *power, float *frame_shares,
            float *out_shares)
{
  gint64 n_samples = sg_track_get_n_samples(piece->track);
  SgStftSize size = sg_mask_set_get_stft_size(piece->mask_set);
  double first = (double)column_start(n_samples, column) / size.hop;
  double length = (double)column_start(n_samples, column + 1) / size.hop - first;
  int n = (int)CLAMP(length, 1.0, FRAMES_PER_COLUMN);
  double sums[SG_MAX_SOURCES] = { 0.0 }, all = 0.0;
  for (int i = 0; i < n; i++) {
    gint64 frame = (gint64)(first + length * (i + 0.5) / n);
    if (!is_separated(piece->mask_set, frame))
      return FALSE;
    const SgRenderer *renderer = sg_mask_set_get_renderer(piece->mask_set);
    if (sg_renderer_frame_power(renderer, work, &piece->settings, -1, frame, power, NULL) != SG_OK ||
        sg_renderer_frame_shares(renderer, work, &piece->settings, frame, frame_shares, NULL) != SG_OK)
      return FALSE;
    for (guint j = 0; j < piece->n_sources; j++)
      for (guint k = 0; k < size.n_bins; k++)
        sums[j] += frame_shares[(gsize)j * size.n_bins + k] * power[k];
  }
  for (guint j = 0; j < piece->n_sources; j++)
    all += sums[j];
  for (guint j = 0; j < piece->n_sources; j++)
    out_shares[j] = (float)(all > 0.0 ? sums[j] / all : 1.0 / piece->n_sources);
  return TRUE;
}

static void
run_shares(Piece *piece, GCancellable *cancellable)
{
  SgRenderWork *work = sg_render_work_new(sg_mask_set_get_renderer(piece->mask_set));
  guint n_bins = sg_mask_set_get_stft_size(piece->mask_set).n_bins;
  g_autofree float *power = g_new(float, n_bins);
  g_autofree float *frame_shares = g_new(float, (gsize)piece->n_sources *n_bins);
  for (guint i = 0; i < piece->n_columns && work != NULL; i++)
    piece->is_known[i] = !g_cancellable_is_cancelled(cancellable) &&
                         find_shares(piece, work, piece->columns[i], power, frame_shares,
                                     piece->values + (gsize)i * piece->n_sources);
  sg_render_work_free(work);
}

static void
run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Piece *piece = data;
  if (piece->mask_set == NULL)
    run_peaks(piece, cancellable);
  else
    run_shares(piece, cancellable);
  g_task_return_boolean(task, TRUE);
}

/* In the main thread */

static void start_piece(SgSongOverview *self);

static void
take_hop_peaks(SgSongOverview *self, const Piece *piece)
{
  gint64 n = sg_track_get_n_samples(self->track) / self->hop + 1;
  for (gint64 i = 0; i < piece->n_hops && piece->first_hop + i < n; i++) {
    float *peak = &self->hop_peaks[piece->first_hop + i];
    *peak = MAX(*peak, piece->hop_peaks[i]);
  }
  for (guint i = 0; i < SG_OVERVIEW_COLUMNS; i++)
    if (self->peak_states[i] != IS_DONE)
      return;
  if (self->all_hop_peaks == NULL)
    self->all_hop_peaks = g_bytes_new_take(g_steal_pointer(&self->hop_peaks), (gsize)n * sizeof(float));
}

static void
take_piece(SgSongOverview *self, const Piece *piece)
{
  for (guint i = 0; i < piece->n_columns; i++) {
    guint column = piece->columns[i];
    State *state = piece->mask_set == NULL ? &self->peak_states[column] : &self->share_states[column];
    /* Something that changed meanwhile made it dirty again; what was found is still better than nothing. A
     * column without masks waits until they are told. */
    if (*state == IS_RUNNING)
      *state = IS_DONE;
    if (!piece->is_known[i])
      continue;
    if (piece->mask_set == NULL)
      self->peaks[column] = piece->values[i];
    else
      memcpy(self->shares + (gsize)column * self->n_sources, piece->values + (gsize)i * self->n_sources,
             self->n_sources * sizeof *self->shares);
  }
  if (piece->mask_set == NULL && self->hop_peaks != NULL)
    take_hop_peaks(self, piece);
}

static void
on_done(GObject *object, GAsyncResult *result, gpointer data)
{
  SgSongOverview *self = SG_SONG_OVERVIEW(object);
  self->is_running = FALSE;
  const Piece *piece = g_task_get_task_data(G_TASK(result));
  if (!g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result))) && piece->track == self->track &&
      (piece->mask_set == NULL || piece->mask_set == self->mask_set)) {
    take_piece(self, piece);
    g_signal_emit(self, signals[CHANGED], 0);
  }
  start_piece(self);
}

static guint
take_dirty(State *states, guint *out_columns)
{
  guint n = 0;
  for (guint i = 0; i < SG_OVERVIEW_COLUMNS && n < PIECE_COLUMNS; i++)
    if (states[i] == IS_DIRTY) {
      states[i] = IS_RUNNING;
      out_columns[n++] = i;
    }
  return n;
}

static void
start_piece(SgSongOverview *self)
{
  if (self->is_running || self->track == NULL)
    return;
  Piece *piece = g_new0(Piece, 1);
  piece->n_sources = 1;
  piece->n_columns = take_dirty(self->peak_states, piece->columns);
  if (piece->n_columns == 0 && self->mask_set != NULL) {
    piece->n_columns = take_dirty(self->share_states, piece->columns);
    piece->n_sources = self->n_sources;
    piece->mask_set = g_object_ref(self->mask_set);
  }
  if (piece->n_columns == 0) {
    piece_free(piece);
    return;
  }
  piece->track = g_object_ref(self->track);
  piece->settings = self->settings;
  piece->hop = self->hop;
  piece->values = g_new0(float, (gsize)piece->n_columns * piece->n_sources);
  abandon(self);
  self->cancellable = g_cancellable_new();
  self->is_running = TRUE;
  g_autoptr(GTask) task = g_task_new(self, self->cancellable, on_done, NULL);
  g_task_set_check_cancellable(task, FALSE);
  g_task_set_task_data(task, piece, piece_free);
  g_task_run_in_thread(task, run);
}

static void
make_dirty(State *states)
{
  for (guint i = 0; i < SG_OVERVIEW_COLUMNS; i++)
    states[i] = IS_DIRTY;
}

void
sg_song_overview_set_source(SgSongOverview *self, SgTrack *track, SgMaskSet *mask_set)
{
  g_return_if_fail(SG_IS_SONG_OVERVIEW(self));
  gboolean new_track = g_set_object(&self->track, track);
  gboolean new_masks = g_set_object(&self->mask_set, mask_set);
  if (!new_track && !new_masks)
    return;
  abandon(self);
  if (new_track) {
    memset(self->peaks, 0, sizeof self->peaks);
    g_clear_pointer(&self->all_hop_peaks, g_bytes_unref);
    g_clear_pointer(&self->hop_peaks, g_free);
    if (track != NULL) {
      self->hop = sg_stft_size_for_rate(sg_track_get_rate(track)).hop;
      self->hop_peaks = g_new0(float, sg_track_get_n_samples(track) / self->hop + 1);
    }
    make_dirty(self->peak_states);
  } else {
    /* What was running is dropped with its answer. */
    for (guint i = 0; i < SG_OVERVIEW_COLUMNS; i++)
      if (self->peak_states[i] == IS_RUNNING)
        self->peak_states[i] = IS_DIRTY;
  }
  g_clear_pointer(&self->shares, g_free);
  self->n_sources = mask_set != NULL ? sg_mask_set_get_n_sources(mask_set) : 0;
  if (mask_set != NULL)
    self->shares = g_new0(float, (gsize)SG_OVERVIEW_COLUMNS * self->n_sources);
  make_dirty(self->share_states);
  g_signal_emit(self, signals[CHANGED], 0);
  start_piece(self);
}

static gboolean
on_timeout(gpointer data)
{
  SgSongOverview *self = data;
  self->timeout = 0;
  start_piece(self);
  return G_SOURCE_REMOVE;
}

static void
start_soon(SgSongOverview *self)
{
  if (self->timeout == 0)
    self->timeout = g_timeout_add(INVALIDATE_INTERVAL_MS, on_timeout, self);
}

void
sg_song_overview_set_settings(SgSongOverview *self, const SgRenderSettings *settings)
{
  g_return_if_fail(SG_IS_SONG_OVERVIEW(self));
  self->settings = *settings;
  make_dirty(self->share_states);
  start_soon(self);
}

void
sg_song_overview_invalidate(SgSongOverview *self, gint64 first_frame, gint64 n_frames)
{
  g_return_if_fail(SG_IS_SONG_OVERVIEW(self));
  if (self->mask_set == NULL)
    return;
  double hop = sg_mask_set_get_stft_size(self->mask_set).hop;
  double per_sample = SG_OVERVIEW_COLUMNS / (double)sg_track_get_n_samples(self->track);
  gint64 first = (gint64)floor((double)first_frame * hop * per_sample) - 1;
  gint64 last = (gint64)ceil((double)(first_frame + n_frames) * hop * per_sample);
  for (gint64 i = MAX(first, 0); i <= MIN(last, SG_OVERVIEW_COLUMNS - 1); i++)
    self->share_states[i] = IS_DIRTY;
  start_soon(self);
}

guint
sg_song_overview_get_n_sources(SgSongOverview *self)
{
  return self->n_sources;
}

float
sg_song_overview_get_peak(SgSongOverview *self, guint column)
{
  g_return_val_if_fail(column < SG_OVERVIEW_COLUMNS, 0.0f);
  return self->peaks[column];
}

const float *
sg_song_overview_get_shares(SgSongOverview *self, guint column)
{
  g_return_val_if_fail(column < SG_OVERVIEW_COLUMNS, NULL);
  return self->shares == NULL ? NULL : self->shares + (gsize)column * self->n_sources;
}

GBytes *
sg_song_overview_get_hop_peaks(SgSongOverview *self)
{
  return self->all_hop_peaks;
}

gboolean
sg_song_overview_is_complete(SgSongOverview *self)
{
  for (guint i = 0; i < SG_OVERVIEW_COLUMNS; i++)
    if (self->peak_states[i] != IS_DONE || (self->mask_set != NULL && self->share_states[i] != IS_DONE))
      return FALSE;
  return self->track != NULL;
}
