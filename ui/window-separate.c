#include "ui/diagnostics.h"
#include "ui/window-private.h"

gboolean
sg_window_is_separated_as_chosen(SgWindow *self)
{
  return self->separated != NULL && sg_method_choice_equal(self->separated, self->choice);
}

static void
on_separated(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SgWindow) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(SgMethodChoice) tried = g_steal_pointer(&self->trying);
  if (sg_session_separate_finish(SG_SESSION(source), result, &error))
    g_set_object(&self->separated, tried);
  else
    sg_window_show_error(self, SG_TASK_SEPARATE, error);
  sg_window_job_ended(self);
}

void
sg_window_separate(SgWindow *self)
{
  sg_diagnostics_separate_pressed();
  g_clear_object(&self->trying);
  self->trying = sg_method_choice_copy(self->choice);
  self->task = SG_TASK_SEPARATE;
  sg_session_separate_as_async(self->session, self->choice, on_separated, g_object_ref(self));
}

void
sg_window_cancel(SgWindow *self)
{
  SgJob *job = sg_session_get_job(self->session);
  if (job != NULL)
    sg_job_cancel(job);
}
