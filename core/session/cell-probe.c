#include "core/session/cell-probe.h"

#include <math.h>

#include "core/plot/spectrogram-painter.h"
#include "core/render/spectrum.h"

/* A worker's own; one question is worked on at a time. */
typedef struct {
  SgTrack *track;
  SgMaskSet *mask_set;
  SgSpectrum *spectrum;
  SgRenderWork *render;
  SgStftSize size;
  float *power;  /* [n_bins] */
  float *shares; /* [n_sources][n_bins] */
} Work;

struct _SgCellProbe {
  GObject parent_instance;

  SgCellQuestion question; /* the next; valid when is_asked */
  gboolean is_asked, is_running, is_wanted;
  SgCell cell;
  Work work;
};

G_DEFINE_FINAL_TYPE(SgCellProbe, sg_cell_probe, G_TYPE_OBJECT)

enum { FOUND, N_SIGNALS };
static guint signals[N_SIGNALS];

static void ask_next(SgCellProbe *self);

static void
question_clear(SgCellQuestion *question)
{
  g_clear_object(&question->track);
  g_clear_object(&question->mask_set);
}

static void
question_free(gpointer data)
{
  question_clear(data);
  g_free(data);
}

static void
work_clear(Work *work)
{
  g_clear_pointer(&work->spectrum, sg_spectrum_free);
  g_clear_pointer(&work->render, sg_render_work_free);
  g_clear_pointer(&work->power, g_free);
  g_clear_pointer(&work->shares, g_free);
  g_clear_object(&work->mask_set);
  g_clear_object(&work->track);
}

static void
sg_cell_probe_finalize(GObject *object)
{
  SgCellProbe *self = SG_CELL_PROBE(object);
  question_clear(&self->question);
  work_clear(&self->work);
  G_OBJECT_CLASS(sg_cell_probe_parent_class)->finalize(object);
}

static void
sg_cell_probe_class_init(SgCellProbeClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = sg_cell_probe_finalize;
  signals[FOUND] =
      g_signal_new("found", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sg_cell_probe_init(SgCellProbe *self)
{
  self->cell.level_db = NAN;
}

SgCellProbe *
sg_cell_probe_new(void)
{
  return g_object_new(SG_TYPE_CELL_PROBE, NULL);
}

const SgCell *
sg_cell_probe_get_cell(SgCellProbe *self)
{
  return &self->cell;
}

/* In the worker's thread */

static gboolean
prepare(Work *work, const SgCellQuestion *question)
{
  if (work->track != question->track || work->mask_set != question->mask_set) {
    work_clear(work);
    work->track = g_object_ref(question->track);
    work->size = sg_stft_size_for_rate(sg_track_get_rate(question->track));
    work->power = g_new(float, work->size.n_bins);
    work->spectrum = sg_spectrum_new(sg_track_get_pcm(question->track));
    if (g_set_object(&work->mask_set, question->mask_set)) {
      work->render = sg_render_work_new(sg_mask_set_get_renderer(question->mask_set));
      work->shares = g_new(float, (gsize)sg_mask_set_get_n_sources(question->mask_set) * work->size.n_bins);
    }
  }
  return work->spectrum != NULL && (question->mask_set == NULL || work->render != NULL);
}

static gboolean
is_separated(const SgCellQuestion *question, gint64 frame)
{
  if (question->mask_set == NULL)
    return FALSE;
  const SgMaskStore *masks = sg_separation_masks(sg_mask_set_get_separation(question->mask_set));
  return sg_mask_store_is_ready(masks, frame / sg_mask_store_shape(masks)->chunk_frames);
}

static void
look_up(Work *work, const SgCellQuestion *question, SgCell *cell)
{
  SgStftSize size = work->size;
  gint64 last = sg_stft_n_frames(size, sg_track_get_n_samples(question->track)) - 1;
  gint64 frame = CLAMP(llround(question->sample / size.hop), 0, last);
  double bin_hz = (double)sg_track_get_rate(question->track) / size.window;
  guint bin = (guint)CLAMP(llround(question->freq_hz / bin_hz), 0, size.n_bins - 1);
  gboolean separated = is_separated(question, frame);
  if (separated && sg_renderer_frame_shares(sg_mask_set_get_renderer(question->mask_set), work->render,
                                            &question->settings, frame, work->shares, NULL) == SG_OK) {
    cell->n_sources = sg_mask_set_get_n_sources(question->mask_set);
    for (guint j = 0; j < cell->n_sources; j++)
      cell->shares[j] = work->shares[(gsize)j * size.n_bins + bin];
  }
  SgStatus status = SG_NO_SAMPLES;
  if (question->source < 0)
    status = sg_spectrum_power_at(work->spectrum, frame * size.hop, work->power, NULL);
  else if (separated)
    status = sg_renderer_frame_power(sg_mask_set_get_renderer(question->mask_set), work->render,
                                     &question->settings, question->source, frame, work->power, NULL);
  if (status == SG_OK) {
    sg_power_to_db(&work->power[bin], 1);
    cell->level_db = work->power[bin];
  }
}

static void
run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SgCellProbe *self = source;
  const SgCellQuestion *question = data;
  SgCell *cell = g_new0(SgCell, 1);
  cell->source = question->source;
  cell->sample = question->sample;
  cell->freq_hz = question->freq_hz;
  cell->level_db = NAN;
  if (prepare(&self->work, question))
    look_up(&self->work, question, cell);
  g_task_return_pointer(task, cell, g_free);
}

/* In the main thread */

static void
on_done(GObject *object, GAsyncResult *result, gpointer data)
{
  SgCellProbe *self = SG_CELL_PROBE(object);
  g_autofree SgCell *cell = g_task_propagate_pointer(G_TASK(result), NULL);
  self->is_running = FALSE;
  if (self->is_wanted) {
    self->cell = *cell;
    self->is_wanted = self->is_asked;
    g_signal_emit(self, signals[FOUND], 0);
  }
  ask_next(self);
}

static void
ask_next(SgCellProbe *self)
{
  if (self->is_running || !self->is_asked)
    return;
  SgCellQuestion *question = g_memdup2(&self->question, sizeof self->question);
  self->question = (SgCellQuestion){ 0 };
  self->is_asked = FALSE;
  self->is_running = self->is_wanted = TRUE;
  g_autoptr(GTask) task = g_task_new(self, NULL, on_done, NULL);
  g_task_set_task_data(task, question, question_free);
  g_task_run_in_thread(task, run);
}

void
sg_cell_probe_ask(SgCellProbe *self, const SgCellQuestion *question)
{
  g_return_if_fail(SG_IS_CELL_PROBE(self));
  question_clear(&self->question);
  self->question = *question;
  g_object_ref(question->track);
  if (question->mask_set != NULL)
    g_object_ref(question->mask_set);
  self->is_asked = TRUE;
  ask_next(self);
}

void
sg_cell_probe_forget(SgCellProbe *self)
{
  g_return_if_fail(SG_IS_CELL_PROBE(self));
  question_clear(&self->question);
  self->is_asked = self->is_wanted = FALSE;
}
