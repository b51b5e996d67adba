/* SgLevelMeter: a level as a bar (two for left and right) from −60 to 0 dB, with the peak that is held as a
 * line. For assistive technologies a meter whose value is the peak in dB. */
#pragma once

#include <gtk/gtk.h>

#include "core/play/meter.h"

G_BEGIN_DECLS

#define SG_LEVEL_METER_MIN_DB (-60.0)

#define SG_TYPE_LEVEL_METER (sg_level_meter_get_type())
G_DECLARE_FINAL_TYPE(SgLevelMeter, sg_level_meter, SG, LEVEL_METER, GtkWidget)

void sg_level_meter_set_reading(SgLevelMeter *self, const SgMeterReading *reading);
/* The peak of both sides, in dB; SG_LEVEL_METER_MIN_DB and less is silence. */
double sg_level_meter_get_peak_db(SgLevelMeter *self);

G_END_DECLS
