/* SgHistory: what has been changed and can be undone. Main thread only.
 *
 * It watches properties of objects: each change that does not come from undo or redo itself becomes a step.
 * Changes of one property of one object that follow each other within a second are one step, where the watch
 * says so (a fader that is dragged), and a step that ends where it began vanishes. Things that are added to
 * and removed from a GListStore are told to it. A new step forgets what was undone; the oldest steps go from
 * SG_HISTORY_MAX_STEPS on.
 *
 * Properties (read-only, notified): "undo-name", "redo-name" (what undo and redo would take back and do
 * again, for people, "Drums: Gain"; NULL when there is nothing). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

enum { SG_HISTORY_MAX_STEPS = 500 };

#define SG_TYPE_HISTORY (sg_history_get_type())
G_DECLARE_FINAL_TYPE(SgHistory, sg_history, SG, HISTORY, GObject)

SgHistory *sg_history_new(void);

/* From now on changes of the readable and writable `property` are steps called `name`. The object is kept
 * until it is unwatched (all its properties) or the history ends. */
void sg_history_watch(SgHistory *self, gpointer object, const char *property, const char *name,
                      gboolean coalesce);
/* Also forgets the object's steps. */
void sg_history_unwatch(SgHistory *self, gpointer object);

/* `item` has just been put into `list` at `index`, or taken from there. */
void sg_history_added(SgHistory *self, GListStore *list, guint index, gpointer item, const char *name);
void sg_history_removed(SgHistory *self, GListStore *list, guint index, gpointer item, const char *name);

/* The steps until the end of the group are undone and done again together, as one called `name`. Not nested.
 */
void sg_history_begin_group(SgHistory *self, const char *name);
void sg_history_end_group(SgHistory *self);

/* Nothing that follows joins the last step. */
void sg_history_seal(SgHistory *self);
/* Changes within are no steps; begin and end nest. */
void sg_history_pause(SgHistory *self);
void sg_history_resume(SgHistory *self);

gboolean sg_history_undo(SgHistory *self);
gboolean sg_history_redo(SgHistory *self);
void sg_history_clear(SgHistory *self);
const char *sg_history_get_undo_name(SgHistory *self);
const char *sg_history_get_redo_name(SgHistory *self);

G_END_DECLS
