#include "core/session/spectrogram-tiles.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  N_THREADS = 2,
  /* Between the window and the separation's workers, so that results are seen while these run. */
  THREAD_NICE = 5,
  INVALIDATE_INTERVAL_MS = 200,
};

static const gsize MAX_BYTES = 64u << 20;

typedef struct {
  int source;
  SgTileScale scale;
  gint64 index;
} Key;

typedef struct Request Request;

/* A tile of the cache. Main thread only. */
typedef struct {
  Key key;
  SgSpectrogramTile *tile; /* NULL until it is painted */
  Request *request;        /* what is to paint it (again), or NULL */
  gboolean stale;          /* something changed since `tile` was begun */
  gboolean base_is_valid;  /* only masks were added since */
  GList link;              /* in `lru`, data = this */
} Entry;

/* Painting that was asked for. The main thread owns it until it is queued; a worker then hands it back in an
 * idle call. */
struct Request {
  SgSpectrogramTiles *tiles; /* main thread only; NULL when the answer is no longer wanted */
  Entry *entry;              /* main thread only; NULL likewise */
  SgTileRecipe recipe;
  SgSpectrogramTile *base;
  SgSpectrogramTile *result;
  gint64 rank; /* lower goes first */
  gint cancelled;
};

/* What the pool's threads share with the main thread; outlives neither. */
typedef struct {
  GMutex lock;
  GQueue waiting; /* Request */
  GQueue works;   /* SgTileWork that no thread uses now */
} Shared;

struct _SgSpectrogramTiles {
  GObject parent_instance;

  SgTrack *track;
  SgMaskSet *mask_set;
  SgRenderSettings settings;
  SgTileLook look;
  SgTileAxes axes;
  GBytes *hop_peaks; /* or NULL */

  GHashTable *entries; /* Key in Entry → Entry */
  GQueue lru;          /* most recently used first */
  gsize n_bytes;
  GPtrArray *requests; /* all that are queued or being painted, unowned */

  Shared shared;
  GThreadPool *pool;

  gint64 invalid_first, invalid_end; /* frames; none when first ≥ end */
  guint invalidate_timeout;
  gint64 invalidated_at_us;
};

G_DEFINE_FINAL_TYPE(SgSpectrogramTiles, sg_spectrogram_tiles, G_TYPE_OBJECT)

enum { CHANGED, LOOK_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static guint
key_hash(gconstpointer data)
{
  const Key *key = data;
  const SgTileScale *scale = &key->scale;
  guint picture =
      scale->height * 31u + scale->axes.window + (guint)scale->mode * 7u + (guint)scale->axes.kind;
  return g_int64_hash(&key->index) ^ g_double_hash(&scale->samples_per_column) ^ (picture * 2654435761u) ^
         (guint)(key->source + 2) * 40503u;
}

static gboolean
key_equal(gconstpointer a, gconstpointer b)
{
  const Key *x = a, *y = b;
  return x->source == y->source && x->index == y->index && sg_tile_scale_equal(x->scale, y->scale);
}

/* Whether what the tile shows depends on the masks. */
static gboolean
shows_stems(const Key *key)
{
  return key->source != SG_TILE_MIXTURE || key->scale.mode == SG_TILE_SOURCES;
}

static void
request_free(Request *request)
{
  g_clear_object(&request->recipe.track);
  g_clear_object(&request->recipe.mask_set);
  g_clear_pointer(&request->recipe.hop_peaks, g_bytes_unref);
  g_clear_object(&request->base);
  g_clear_object(&request->result);
  g_free(request);
}

/* Forgets what a request was for; a worker that has it gives up, one that waits is freed at once. */
static void
drop_request(SgSpectrogramTiles *self, Request *request)
{
  if (request->entry != NULL)
    request->entry->request = NULL;
  request->entry = NULL;
  request->tiles = NULL;
  g_ptr_array_remove_fast(self->requests, request);
  g_atomic_int_set(&request->cancelled, TRUE);
  g_mutex_lock(&self->shared.lock);
  gboolean was_waiting = g_queue_remove(&self->shared.waiting, request);
  g_mutex_unlock(&self->shared.lock);
  if (was_waiting)
    request_free(request);
}

static void
drop_entry(SgSpectrogramTiles *self, Entry *entry)
{
  if (entry->request != NULL)
    drop_request(self, entry->request);
  if (entry->tile != NULL)
    self->n_bytes -= sg_spectrogram_tile_get_size(entry->tile);
  g_clear_object(&entry->tile);
  g_queue_unlink(&self->lru, &entry->link);
  g_hash_table_remove(self->entries, &entry->key);
  g_free(entry);
}

static void
drop_entries(SgSpectrogramTiles *self, gboolean only_stems)
{
  for (GList *link = self->lru.head; link != NULL;) {
    Entry *entry = link->data;
    link = link->next;
    if (!only_stems || shows_stems(&entry->key))
      drop_entry(self, entry);
  }
}

static Entry *
find_entry(SgSpectrogramTiles *self, int source, SgTileScale scale, gint64 index)
{
  Key key = { source, scale, index };
  return g_hash_table_lookup(self->entries, &key);
}

static Entry *
touch_entry(SgSpectrogramTiles *self, int source, SgTileScale scale, gint64 index)
{
  Entry *entry = find_entry(self, source, scale, index);
  if (entry == NULL) {
    entry = g_new0(Entry, 1);
    entry->key = (Key){ source, scale, index };
    entry->link.data = entry;
    g_hash_table_insert(self->entries, &entry->key, entry);
  } else {
    g_queue_unlink(&self->lru, &entry->link);
  }
  g_queue_push_head_link(&self->lru, &entry->link);
  return entry;
}

static void
trim(SgSpectrogramTiles *self)
{
  for (GList *link = self->lru.tail; link != NULL && self->n_bytes > MAX_BYTES;) {
    Entry *entry = link->data;
    link = link->prev;
    if (entry->request == NULL)
      drop_entry(self, entry);
  }
}

/* A worker is done with a request. */
static gboolean
deliver(gpointer data)
{
  Request *request = data;
  SgSpectrogramTiles *self = request->tiles;
  Entry *entry = request->entry;
  if (self == NULL || entry == NULL)
    return G_SOURCE_REMOVE;

  g_ptr_array_remove_fast(self->requests, request);
  entry->request = NULL;
  if (request->result == NULL)
    return G_SOURCE_REMOVE;
  if (entry->tile != NULL)
    self->n_bytes -= sg_spectrogram_tile_get_size(entry->tile);
  g_set_object(&entry->tile, request->result);
  self->n_bytes += sg_spectrogram_tile_get_size(entry->tile);
  trim(self);
  g_signal_emit(self, signals[CHANGED], 0, request->recipe.source);
  return G_SOURCE_REMOVE;
}

static void
deliver_free(gpointer data)
{
  request_free(data);
}

static Request *
take_next(Shared *shared, SgTileWork **out_work)
{
  Request *best = NULL;
  g_mutex_lock(&shared->lock);
  for (GList *link = shared->waiting.head; link != NULL; link = link->next) {
    Request *request = link->data;
    if (best == NULL || request->rank < best->rank)
      best = request;
  }
  if (best != NULL) {
    g_queue_remove(&shared->waiting, best);
    *out_work = g_queue_pop_head(&shared->works);
  }
  g_mutex_unlock(&shared->lock);
  return best;
}

/* One call a request that was queued; it paints the best that waits, if any is left. */
static void
pool_main(gpointer token, gpointer user)
{
  Shared *shared = user;
  SgTileWork *work = NULL;
  Request *request = take_next(shared, &work);
  if (request == NULL)
    return;

  static _Thread_local gboolean is_nice;
  if (!is_nice)
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), THREAD_NICE);
  is_nice = TRUE;

  if (work == NULL)
    work = sg_tile_work_new();
  request->result = sg_spectrogram_tile_paint(&request->recipe, work, request->base, &request->cancelled);
  g_mutex_lock(&shared->lock);
  g_queue_push_head(&shared->works, work);
  g_mutex_unlock(&shared->lock);
  g_idle_add_full(G_PRIORITY_DEFAULT, deliver, request, deliver_free);
}

/* They keep the song alive that they painted last. */
static void
forget_works(SgSpectrogramTiles *self)
{
  g_mutex_lock(&self->shared.lock);
  g_queue_clear_full(&self->shared.works, (GDestroyNotify)sg_tile_work_free);
  g_mutex_unlock(&self->shared.lock);
}

static void
sg_spectrogram_tiles_dispose(GObject *object)
{
  SgSpectrogramTiles *self = SG_SPECTROGRAM_TILES(object);
  g_clear_handle_id(&self->invalidate_timeout, g_source_remove);
  drop_entries(self, FALSE);
  if (self->pool != NULL)
    g_thread_pool_free(g_steal_pointer(&self->pool), TRUE, TRUE);
  forget_works(self);
  g_clear_pointer(&self->hop_peaks, g_bytes_unref);
  g_clear_object(&self->mask_set);
  g_clear_object(&self->track);
  G_OBJECT_CLASS(sg_spectrogram_tiles_parent_class)->dispose(object);
}

static void
sg_spectrogram_tiles_finalize(GObject *object)
{
  SgSpectrogramTiles *self = SG_SPECTROGRAM_TILES(object);
  g_clear_pointer(&self->entries, g_hash_table_unref);
  g_clear_pointer(&self->requests, g_ptr_array_unref);
  g_mutex_clear(&self->shared.lock);
  G_OBJECT_CLASS(sg_spectrogram_tiles_parent_class)->finalize(object);
}

static void
sg_spectrogram_tiles_class_init(SgSpectrogramTilesClass *klass)
{
  G_OBJECT_CLASS(klass)->dispose = sg_spectrogram_tiles_dispose;
  G_OBJECT_CLASS(klass)->finalize = sg_spectrogram_tiles_finalize;
  signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_INT);
  signals[LOOK_CHANGED] = g_signal_new("look-changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
}

static void
sg_spectrogram_tiles_init(SgSpectrogramTiles *self)
{
  self->look = (SgTileLook){ .colormap = SG_COLORMAP_MAGMA, .floor_db = -85.0f, .ceiling_db = -8.0f };
  self->settings = SG_RENDER_SETTINGS_NATURAL;
  self->entries = g_hash_table_new(key_hash, key_equal);
  self->requests = g_ptr_array_new();
  g_mutex_init(&self->shared.lock);
  self->pool = g_thread_pool_new(pool_main, &self->shared, N_THREADS, TRUE, NULL);
}

SgSpectrogramTiles *
sg_spectrogram_tiles_new(void)
{
  return g_object_new(SG_TYPE_SPECTROGRAM_TILES, NULL);
}

/* Marks a tile as out of date; with `keep_base` what is painted on it stays valid. A request that no worker
 * has begun is asked for anew; what is being painted now is still shown, so that something moves during a
 * drag. */
static void
make_stale(SgSpectrogramTiles *self, Entry *entry, gboolean keep_base)
{
  entry->stale = TRUE;
  entry->base_is_valid = entry->base_is_valid && keep_base;
  if (entry->request == NULL || keep_base)
    return;
  g_mutex_lock(&self->shared.lock);
  gboolean is_waiting = g_queue_find(&self->shared.waiting, entry->request) != NULL;
  g_mutex_unlock(&self->shared.lock);
  if (is_waiting)
    drop_request(self, entry->request);
}

void
sg_spectrogram_tiles_set_source(SgSpectrogramTiles *self, SgTrack *track, SgMaskSet *mask_set)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_TILES(self));
  gboolean new_track = g_set_object(&self->track, track);
  gboolean new_masks = g_set_object(&self->mask_set, mask_set);
  if (!new_track && !new_masks)
    return;
  if (new_track)
    g_clear_pointer(&self->hop_peaks, g_bytes_unref);
  drop_entries(self, !new_track);
  forget_works(self);
  self->invalid_first = self->invalid_end = 0;
  g_signal_emit(self, signals[CHANGED], 0, SG_TILE_ALL);
}

SgTrack *
sg_spectrogram_tiles_get_track(SgSpectrogramTiles *self)
{
  return self->track;
}

SgMaskSet *
sg_spectrogram_tiles_get_mask_set(SgSpectrogramTiles *self)
{
  return self->mask_set;
}

SgRenderSettings
sg_spectrogram_tiles_get_settings(SgSpectrogramTiles *self)
{
  return self->settings;
}

void
sg_spectrogram_tiles_set_settings(SgSpectrogramTiles *self, const SgRenderSettings *settings)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_TILES(self));
  self->settings = *settings;
  for (GList *link = self->lru.head; link != NULL; link = link->next) {
    Entry *entry = link->data;
    if (shows_stems(&entry->key))
      make_stale(self, entry, FALSE);
  }
  g_signal_emit(self, signals[CHANGED], 0, SG_TILE_ALL);
}

void
sg_spectrogram_tiles_set_look(SgSpectrogramTiles *self, SgTileLook look)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_TILES(self));
  self->look = look;
  for (GList *link = self->lru.head; link != NULL; link = link->next)
    make_stale(self, link->data, FALSE);
  g_signal_emit(self, signals[LOOK_CHANGED], 0);
  g_signal_emit(self, signals[CHANGED], 0, SG_TILE_ALL);
}

SgTileLook
sg_spectrogram_tiles_get_look(SgSpectrogramTiles *self)
{
  return self->look;
}

void
sg_spectrogram_tiles_set_hop_peaks(SgSpectrogramTiles *self, GBytes *hop_peaks)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_TILES(self));
  if (hop_peaks == self->hop_peaks)
    return;
  g_clear_pointer(&self->hop_peaks, g_bytes_unref);
  self->hop_peaks = hop_peaks != NULL ? g_bytes_ref(hop_peaks) : NULL;
  double hop = self->track != NULL ? sg_stft_size_for_rate(sg_track_get_rate(self->track)).hop : 1.0;
  for (GList *link = self->lru.head; link != NULL; link = link->next) {
    Entry *entry = link->data;
    if (entry->key.scale.samples_per_column > hop)
      make_stale(self, entry, FALSE);
  }
  g_signal_emit(self, signals[CHANGED], 0, SG_TILE_ALL);
}

void
sg_spectrogram_tiles_set_axes(SgSpectrogramTiles *self, SgTileAxes axes)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_TILES(self));
  if (sg_tile_axes_equal(axes, self->axes))
    return;
  self->axes = axes;
  g_signal_emit(self, signals[LOOK_CHANGED], 0);
  g_signal_emit(self, signals[CHANGED], 0, SG_TILE_ALL);
}

SgTileAxes
sg_spectrogram_tiles_get_axes(SgSpectrogramTiles *self)
{
  return self->axes;
}

static gboolean
touches_frames(SgSpectrogramTiles *self, const Key *key, gint64 first_frame, gint64 end_frame)
{
  double hop = sg_mask_set_get_stft_size(self->mask_set).hop;
  double start = (double)key->index * SG_TILE_COLUMNS * key->scale.samples_per_column / hop;
  double end = (double)(key->index + 1) * SG_TILE_COLUMNS * key->scale.samples_per_column / hop;
  /* A column between two frames looks one frame further, and one with its own window as far as that goes. */
  double margin = 1.0 + key->scale.axes.window / hop;
  return start - margin < (double)end_frame && end + margin > (double)first_frame;
}

static void
invalidate_now(SgSpectrogramTiles *self)
{
  gint64 first = self->invalid_first, end = self->invalid_end;
  self->invalid_first = self->invalid_end = 0;
  self->invalidated_at_us = g_get_monotonic_time();
  if (first >= end || self->mask_set == NULL)
    return;
  for (GList *link = self->lru.head; link != NULL; link = link->next) {
    Entry *entry = link->data;
    if (shows_stems(&entry->key) && touches_frames(self, &entry->key, first, end))
      make_stale(self, entry, TRUE);
  }
  g_signal_emit(self, signals[CHANGED], 0, SG_TILE_ALL);
}

static gboolean
on_invalidate_timeout(gpointer data)
{
  SgSpectrogramTiles *self = data;
  self->invalidate_timeout = 0;
  invalidate_now(self);
  return G_SOURCE_REMOVE;
}

void
sg_spectrogram_tiles_invalidate(SgSpectrogramTiles *self, gint64 first_frame, gint64 n_frames)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_TILES(self));
  gboolean none = self->invalid_first >= self->invalid_end;
  self->invalid_first = none ? first_frame : MIN(self->invalid_first, first_frame);
  self->invalid_end = none ? first_frame + n_frames : MAX(self->invalid_end, first_frame + n_frames);
  if (self->invalidate_timeout != 0)
    return;
  gint64 elapsed_ms = (g_get_monotonic_time() - self->invalidated_at_us) / 1000;
  if (elapsed_ms >= INVALIDATE_INTERVAL_MS)
    invalidate_now(self);
  else
    self->invalidate_timeout =
        g_timeout_add((guint)(INVALIDATE_INTERVAL_MS - elapsed_ms), on_invalidate_timeout, self);
}

static void
ask_for(SgSpectrogramTiles *self, Entry *entry, gint64 rank)
{
  Request *request = g_new0(Request, 1);
  request->tiles = self;
  request->entry = entry;
  request->rank = rank;
  request->recipe = (SgTileRecipe){
    .track = g_object_ref(self->track),
    .mask_set = shows_stems(&entry->key) && self->mask_set != NULL ? g_object_ref(self->mask_set) : NULL,
    .source = entry->key.source,
    .scale = entry->key.scale,
    .index = entry->key.index,
    .look = self->look,
    .settings = self->settings,
    .hop_peaks = self->hop_peaks != NULL ? g_bytes_ref(self->hop_peaks) : NULL,
  };
  if (entry->tile != NULL && entry->base_is_valid)
    request->base = g_object_ref(entry->tile);
  entry->request = request;
  entry->stale = FALSE;
  entry->base_is_valid = TRUE;
  g_ptr_array_add(self->requests, request);
  g_mutex_lock(&self->shared.lock);
  g_queue_push_tail(&self->shared.waiting, request);
  g_mutex_unlock(&self->shared.lock);
  g_thread_pool_push(self->pool, self, NULL);
}

/* Drops the requests of a row for other tiles than these. What was on its way is stale again. */
static void
drop_unwanted(SgSpectrogramTiles *self, int source, SgTileScale scale, gint64 first, guint n)
{
  for (guint i = self->requests->len; i > 0; i--) {
    Request *request = g_ptr_array_index(self->requests, i - 1);
    const SgTileRecipe *recipe = &request->recipe;
    gboolean wanted =
        sg_tile_scale_equal(recipe->scale, scale) && recipe->index >= first && recipe->index < first + n;
    if (recipe->source != source || wanted)
      continue;
    request->entry->stale = TRUE;
    request->entry->base_is_valid = FALSE;
    drop_request(self, request);
  }
}

void
sg_spectrogram_tiles_want(SgSpectrogramTiles *self, int source, SgTileScale scale, gint64 first, guint n,
                          gint64 focus)
{
  g_return_if_fail(SG_IS_SPECTROGRAM_TILES(self));
  drop_unwanted(self, source, scale, first, n);
  if (self->track == NULL || (source != SG_TILE_MIXTURE && self->mask_set == NULL) || scale.height == 0)
    return;
  for (gint64 index = first; index < first + n; index++) {
    Entry *entry = touch_entry(self, source, scale, index);
    if (entry->request == NULL && (entry->tile == NULL || entry->stale))
      ask_for(self, entry, ABS(index - focus));
  }
}

SgSpectrogramTile *
sg_spectrogram_tiles_get(SgSpectrogramTiles *self, int source, SgTileScale scale, gint64 index)
{
  Entry *entry = find_entry(self, source, scale, index);
  return entry == NULL ? NULL : entry->tile;
}

guint
sg_spectrogram_tiles_get_n_pending(SgSpectrogramTiles *self)
{
  return self->requests->len;
}
