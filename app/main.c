#include <glib/gi18n.h>
#include <locale.h>

#include "app/application.h"
#include "core/base/memory.h"
#include "ui/diagnostics.h"
#include "ui/resources.h"

int
main(int argc, char **argv)
{
  sg_memory_give_back();
  setlocale(LC_ALL, "");
  bindtextdomain(GETTEXT_PACKAGE, SG_LOCALEDIR);
  bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
  textdomain(GETTEXT_PACKAGE);
  g_set_application_name("Stemglass");

  sg_diagnostics_start();
  sg_ui_register_resources();
  g_autoptr(SgApplication) application = sg_application_new();
  int status = g_application_run(G_APPLICATION(application), argc, argv);
  sg_diagnostics_finish();
  return status;
}
