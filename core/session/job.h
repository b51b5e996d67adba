/* SgJob: a long piece of work that runs in a thread, seen from the main thread.
 *
 * Properties (notified in the main thread, coalesced to some 20 a second): "fraction" 0 … 1, "message" for
 * people ("Separating"), "seconds-left" (−1 while unknown). */
#pragma once

#include <gio/gio.h>

#include "core/base/progress.h"

G_BEGIN_DECLS

#define SG_TYPE_JOB (sg_job_get_type())
G_DECLARE_FINAL_TYPE(SgJob, sg_job, SG, JOB, GObject)

SgJob *sg_job_new(void);

/* An SgProgress whose `user` is the SgJob: call it from the job's thread. */
bool sg_job_progress(double fraction, const char *stage, void *job);

/* Asks the work to stop; it does so within 0.2 s. Any thread. */
void sg_job_cancel(SgJob *self);
gboolean sg_job_is_cancelled(SgJob *self);

double sg_job_get_fraction(SgJob *self);
const char *sg_job_get_message(SgJob *self);
double sg_job_get_seconds_left(SgJob *self);

/* What a stage of SgProgress is called, for people. */
const char *sg_stage_text(const char *stage);

G_END_DECLS
