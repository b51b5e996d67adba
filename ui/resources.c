#include "ui/resources.h"

#include <gio/gio.h>

#include "ui/stemglass-resources.h"

void
sg_ui_register_resources(void)
{
  stemglass_register_resource();
}
