/* SgTimeMarks: what is marked on the song's time axis: the loop, beats, markers. Rulers, rows and the
 * overview draw it; whoever plays keeps it. Main thread only. All times are samples of the song. Signal:
 * "changed". */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define SG_TYPE_TIME_MARKS (sg_time_marks_get_type())
G_DECLARE_FINAL_TYPE(SgTimeMarks, sg_time_marks, SG, TIME_MARKS, GObject)

typedef struct {
  gint64 sample;
  const char *name;
} SgTimeMarker;

SgTimeMarks *sg_time_marks_new(void);

/* No loop when end ≤ start. */
void sg_time_marks_set_loop(SgTimeMarks *self, gint64 start, gint64 end);
gboolean sg_time_marks_get_loop(SgTimeMarks *self, gint64 *out_start, gint64 *out_end);

/* What widgets call while a stretch is dragged out: it becomes the loop, and is told when it `is_final`. */
void sg_time_marks_select(SgTimeMarks *self, gint64 start, gint64 end, gboolean is_final);

/* `beats` rise; copied. `n_beats_per_bar` 0: bars are not known; else bar lines are beats first_bar,
 * first_bar + n_beats_per_bar …. */
void sg_time_marks_set_beats(SgTimeMarks *self, const gint64 *beats, gsize n_beats, guint n_beats_per_bar,
                             guint first_bar);
const gint64 *sg_time_marks_get_beats(SgTimeMarks *self, gsize *out_n);
gboolean sg_time_marks_is_bar(SgTimeMarks *self, gsize beat);
guint sg_time_marks_get_n_beats_per_bar(SgTimeMarks *self);
/* The number that people count a beat's bar by, from 1; 0 before the first. */
guint sg_time_marks_get_bar(SgTimeMarks *self, gsize beat);
/* The first beat at or after `sample`; their number when there is none. */
gsize sg_time_marks_find_beat(SgTimeMarks *self, double sample);

/* Copied; in any order. */
void sg_time_marks_set_markers(SgTimeMarks *self, const SgTimeMarker *markers, gsize n);
gsize sg_time_marks_get_n_markers(SgTimeMarks *self);
SgTimeMarker sg_time_marks_get_marker(SgTimeMarks *self, gsize i);

/* No loop, beats or markers: a new song. */
void sg_time_marks_clear(SgTimeMarks *self);

G_END_DECLS
