#include "core/session/time-marks.h"

struct _SgTimeMarks {
  GObject parent_instance;

  gint64 loop_start, loop_end;
  gint64 *beats;
  gsize n_beats;
  guint n_beats_per_bar, first_bar;
  SgTimeMarker *markers;
  gsize n_markers;
};

G_DEFINE_FINAL_TYPE(SgTimeMarks, sg_time_marks, G_TYPE_OBJECT)

enum { CHANGED, SELECTED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
clear_markers(SgTimeMarks *self)
{
  for (gsize i = 0; i < self->n_markers; i++)
    g_free((char *)self->markers[i].name);
  g_clear_pointer(&self->markers, g_free);
  self->n_markers = 0;
}

static void
sg_time_marks_finalize(GObject *object)
{
  SgTimeMarks *self = SG_TIME_MARKS(object);
  clear_markers(self);
  g_free(self->beats);
  G_OBJECT_CLASS(sg_time_marks_parent_class)->finalize(object);
}

static void
sg_time_marks_class_init(SgTimeMarksClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = sg_time_marks_finalize;
  signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
  signals[SELECTED] = g_signal_new("selected", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT64);
}

static void
sg_time_marks_init(SgTimeMarks *self)
{
}

SgTimeMarks *
sg_time_marks_new(void)
{
  return g_object_new(SG_TYPE_TIME_MARKS, NULL);
}

void
sg_time_marks_set_loop(SgTimeMarks *self, gint64 start, gint64 end)
{
  g_return_if_fail(SG_IS_TIME_MARKS(self));
  if (end <= start)
    start = end = 0;
  if (start == self->loop_start && end == self->loop_end)
    return;
  self->loop_start = start;
  self->loop_end = end;
  g_signal_emit(self, signals[CHANGED], 0);
}

void
sg_time_marks_select(SgTimeMarks *self, gint64 start, gint64 end, gboolean is_final)
{
  sg_time_marks_set_loop(self, MIN(start, end), MAX(start, end));
  if (is_final)
    g_signal_emit(self, signals[SELECTED], 0, self->loop_start, self->loop_end);
}

gboolean
sg_time_marks_get_loop(SgTimeMarks *self, gint64 *out_start, gint64 *out_end)
{
  *out_start = self->loop_start;
  *out_end = self->loop_end;
  return self->loop_end > self->loop_start;
}

void
sg_time_marks_set_beats(SgTimeMarks *self, const gint64 *beats, gsize n_beats, guint n_beats_per_bar,
                        guint first_bar)
{
  g_return_if_fail(SG_IS_TIME_MARKS(self));
  g_free(self->beats);
  self->beats = g_memdup2(beats, n_beats * sizeof *beats);
  self->n_beats = n_beats;
  self->n_beats_per_bar = n_beats_per_bar;
  self->first_bar = first_bar;
  g_signal_emit(self, signals[CHANGED], 0);
}

const gint64 *
sg_time_marks_get_beats(SgTimeMarks *self, gsize *out_n)
{
  *out_n = self->n_beats;
  return self->beats;
}

gboolean
sg_time_marks_is_bar(SgTimeMarks *self, gsize beat)
{
  return self->n_beats_per_bar > 0 && beat >= self->first_bar &&
         (beat - self->first_bar) % self->n_beats_per_bar == 0;
}

guint
sg_time_marks_get_n_beats_per_bar(SgTimeMarks *self)
{
  return self->n_beats_per_bar;
}

guint
sg_time_marks_get_bar(SgTimeMarks *self, gsize beat)
{
  if (self->n_beats_per_bar == 0 || beat < self->first_bar)
    return 0;
  return (guint)((beat - self->first_bar) / self->n_beats_per_bar) + 1;
}

gsize
sg_time_marks_find_beat(SgTimeMarks *self, double sample)
{
  gsize low = 0, high = self->n_beats;
  while (low < high) {
    gsize middle = low + (high - low) / 2;
    if ((double)self->beats[middle] < sample)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void
sg_time_marks_set_markers(SgTimeMarks *self, const SgTimeMarker *markers, gsize n)
{
  g_return_if_fail(SG_IS_TIME_MARKS(self));
  clear_markers(self);
  self->markers = g_new(SgTimeMarker, n);
  self->n_markers = n;
  for (gsize i = 0; i < n; i++)
    self->markers[i] = (SgTimeMarker){ .sample = markers[i].sample, .name = g_strdup(markers[i].name) };
  g_signal_emit(self, signals[CHANGED], 0);
}

gsize
sg_time_marks_get_n_markers(SgTimeMarks *self)
{
  return self->n_markers;
}

SgTimeMarker
sg_time_marks_get_marker(SgTimeMarks *self, gsize i)
{
  g_return_val_if_fail(i < self->n_markers, ((SgTimeMarker){ 0 }));
  return self->markers[i];
}

void
sg_time_marks_clear(SgTimeMarks *self)
{
  g_return_if_fail(SG_IS_TIME_MARKS(self));
  clear_markers(self);
  g_clear_pointer(&self->beats, g_free);
  self->n_beats = self->n_beats_per_bar = self->first_bar = 0;
  self->loop_start = self->loop_end = 0;
  g_signal_emit(self, signals[CHANGED], 0);
}
